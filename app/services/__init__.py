"""Verbs: what people and the worker do. Services take actor and moment as arguments and never commit."""
