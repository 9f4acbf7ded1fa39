"""Signing on across systems by OpenID Connect: people whom another system proves, and systems that rely on this one."""
