"""Pictures that a person reads and a program should not: the answer stays here and is good for one try."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha
from flask_babel import lazy_gettext as _
from sqlalchemy import delete

from ..errors import Invalid
from ..extensions import db
from ..models import Captcha, new_public_id

GOOD_FOR = timedelta(minutes=5)
LENGTH = 4
_SIGNS = "2345678923456789ACEFHJKLMNPRTUVWXY"  # what is not mistaken for another; figures twice as often
_FIGURES = "0123456789"


@dataclass(frozen=True)
class Picture:
    """A picture to show, and the name under which its answer is kept."""

    public_id: str
    png: bytes
    wav: bytes | None = None


def make_picture(site_id: int, *, at: datetime) -> Picture:
    """Draw a picture and keep its answer; those that nobody answered in time go."""
    answer = _draw(_SIGNS)
    return Picture(_keep(answer, site_id, at), _picture_of(answer))


def make_spoken(site_id: int, *, at: datetime) -> Picture:
    """Draw a picture of figures only and say them as well, for people who cannot see it."""
    answer = _draw(_FIGURES)
    return Picture(_keep(answer, site_id, at), _picture_of(answer), bytes(AudioCaptcha().generate(answer)))


def _draw(signs: str) -> str:
    return "".join(secrets.choice(signs) for _place in range(LENGTH))


def _picture_of(answer: str) -> bytes:
    return ImageCaptcha(width=160, height=60).generate(answer).getvalue()


def _keep(answer: str, site_id: int, at: datetime) -> str:
    """Keep an answer and return its name."""
    db.session.execute(delete(Captcha).where(Captcha.expires_at < at))
    public_id = new_public_id()
    db.session.add(Captcha(public_id=public_id, site_id=site_id, answer=answer, expires_at=at + GOOD_FOR))
    db.session.flush()
    return public_id


def require_answer(public_id: str, typed: str, *, site_id: int, at: datetime) -> None:
    """Raise Invalid unless the picture was read aright and in time. It is used up either way: commit both."""
    used_up = (
        delete(Captcha)
        .where(Captcha.public_id == public_id[:24], Captcha.site_id == site_id)
        .returning(Captcha.answer, Captcha.expires_at)
        .execution_options(synchronize_session=False)
    )
    kept = db.session.execute(used_up).first()
    if kept is None or kept.expires_at < at or not _same(kept.answer, typed):
        message = _("图片验证码不正确或已失效，请按新图片重新输入。")
        raise Invalid(message, fields={"captcha": message})


def _same(answer: str, typed: str) -> bool:
    return secrets.compare_digest(answer.encode(), typed.strip().upper().encode())
