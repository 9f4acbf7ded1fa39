"""Two people at one form: whoever saves second is shown what the first one changed, and nothing is lost unseen.

The form carries a short sign of every value that it shows. When it comes back, values whose sign no longer fits were
changed meanwhile; saving again with the new signs overwrites them knowingly.
"""

import hashlib
from typing import Any

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import inspect, select
from wtforms import Field

from ..extensions import db
from .cells import show
from .scoped import ScopedInterface, relation_of

FIELD = "as_shown"
SIGN_LENGTH = 10  # hex digits: values are compared, not kept secret


def hold(datamodel: ScopedInterface, key: Any) -> None:
    """Keep others from changing the row until this transaction ends, so that nobody comes between look and change."""
    typed = datamodel.read_key(key)
    if typed is not None:
        db.session.execute(select(datamodel.obj.id).where(datamodel.key_column == typed).with_for_update())


def signs_of(item: Any, form: FlaskForm) -> str:
    """Return the signs of what the form shows of a row, for its hidden input."""
    return " ".join(f"{name}:{_sign(stored)}" for name, stored in _stored(item, form).items())


def signs_to_send(item: Any, form: FlaskForm) -> str:
    """Return what the page carries: what was sent stays until it is saved, so that no later change is missed."""
    return request.form.get(FIELD) or signs_of(item, form)


def changed_meanwhile(item: Any, form: FlaskForm) -> list[str]:
    """Return the fields whose stored value is neither what the form had shown nor what was typed into it."""
    sent = dict(part.rpartition(":")[::2] for part in request.form.get(FIELD, "").split())
    return [
        name
        for name, stored in _stored(item, form).items()
        if sent.get(name, _sign(stored)) != _sign(stored) and (form[name].data or None) != (stored or None)
    ]


def tell_changes(names: list[str], item: Any, form: FlaskForm) -> None:
    """Put the stored value at each field beside what was typed."""
    stored = _stored(item, form)
    for name in names:
        sentence = gettext(
            "您打开本页后，他人已将此项改为“%(value)s”。如仍以您填写的为准，请再次保存。",
            value=_in_words(form[name], stored[name]),
        )
        form[name].errors = [*form[name].errors, sentence]


def _stored(item: Any, form: FlaskForm) -> dict[str, Any]:
    """Return the stored values of what the form edits; a form may name some that are no columns in `beside_columns`."""
    mapper = type(item).__mapper__
    plain = (f.short_name for f in form if f.short_name in mapper.column_attrs or relation_of(type(item), f.short_name))
    beside = getattr(form, "beside_columns", None)
    return {name: getattr(item, name) for name in plain} | (beside(item) if beside else {})


def _in_words(field: Field, value: Any) -> Any:
    choices = dict(getattr(field, "choices", None) or ())
    return choices[value] if isinstance(value, str) and value in choices else show(value)


def _sign(value: Any) -> str:
    """Return the sign of a value; a related row counts by its key, for names may change."""
    key = inspect(value).identity if hasattr(type(value), "__mapper__") else value
    return hashlib.sha256(repr(key).encode()).hexdigest()[:SIGN_LENGTH]
