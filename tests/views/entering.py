"""Hands for the pages before the log-in: pictures that are read, codes that come by SMS."""

import re

from sqlalchemy import select

from app.extensions import db
from app.models import Captcha, Outbox


def picture(browser) -> dict[str, str]:
    """Return the fields of a fresh picture, read aright: only the database knows the answer."""
    public_id = browser.post("/captcha/").json["id"]
    answer = db.session.scalars(select(Captcha.answer).where(Captcha.public_id == public_id)).one()
    return {"captcha_id": public_id, "captcha": answer}


def texts(kind: str) -> list[Outbox]:
    """Return the texts of a kind, the oldest first."""
    db.session.expire_all()
    return list(db.session.scalars(select(Outbox).where(Outbox.kind == kind).order_by(Outbox.id)))


def sent_code(kind: str) -> str:
    """Return the code of the newest text of a kind."""
    return re.search(r"\d{6}", texts(kind)[-1].body).group()


def other_than(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
