"""Uploads of a form that survive its refusal: stored on arrival, and named by a signed token until it is saved."""

from collections.abc import Callable
from typing import Any

from flask import current_app, g
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.validators import ValidationError

from ..errors import DomainError
from ..extensions import db
from ..services.guides import Upload

Keep = Callable[..., Upload]


class KeptFileField(FileField):
    """A file of a form; `keep` stores it, and `data` is what was kept: now, or when the form was sent before."""

    def __init__(self, *args: Any, keep: Keep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep = keep
        self.refusal: DomainError | None = None

    @property
    def token_name(self) -> str:
        return f"{self.name}_kept"

    @property
    def token(self) -> str:
        """Return what names the kept file when the form is sent again."""
        return _serializer().dumps([g.user.id, self.data.file_id, self.data.name]) if self.data else ""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        sent = next((f for f in self.raw_data or () if isinstance(f, FileStorage) and f.filename), None)
        self.data = self._kept_now(sent) if sent else _kept_before(formdata, self.token_name)

    def pre_validate(self, form: Any) -> None:
        if self.refusal is not None:
            raise ValidationError(str(self.refusal))

    def _kept_now(self, sent: FileStorage) -> Upload | None:
        """Store the file and commit: a refusal of the form must not lose it."""
        try:
            kept = self.keep(sent.stream, sent.filename, site_id=g.user.site_id)
        except DomainError as refusal:
            self.refusal = refusal
            return None
        db.session.commit()
        return kept


def _kept_before(formdata: Any, name: str) -> Upload | None:
    """Return the file that a token of this very person names."""
    try:
        account_id, file_id, file_name = _serializer().loads((formdata or {}).get(name) or "")
    except (BadSignature, ValueError):
        return None
    return Upload(file_id, file_name) if account_id == g.user.id else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt="kept-upload")
