"""What every answer says to the browser: what it may load, run, keep and pass on."""

import secrets

from flask import Flask, Response, g, request
from flask_login import current_user

POLICY = (
    "default-src 'self'",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "media-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "frame-ancestors 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)


def csp_nonce() -> str:
    """Return the nonce of this answer; a script without it does not run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return g.csp_nonce


def init_headers(app: Flask) -> None:
    """Set the headers on every answer and give templates the nonce."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_set_headers)


def _set_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", "; ".join((*POLICY, f"script-src 'self' 'nonce-{csp_nonce()}'")))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if _is_private():
        headers["Cache-Control"] = "no-store"
    return response


def _is_private() -> bool:
    """Pages of a person who is logged in stay out of shared machines' caches; style sheets and scripts may stay."""
    if (request.endpoint or "").endswith("static"):
        return False
    return current_user.is_authenticated
