"""Pictures that a person reads and a program should not: the answer stays here and is good for one try."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from captcha.image import ImageCaptcha
from flask_babel import lazy_gettext as _
from sqlalchemy import delete

from ..errors import Invalid
from ..extensions import db
from ..models import Captcha, new_public_id

GOOD_FOR = timedelta(minutes=5)
LENGTH = 4
_SIGNS = "2345678923456789ACEFHJKLMNPRTUVWXY"  # what is not mistaken for another; figures twice as often


@dataclass(frozen=True)
class Picture:
    """A picture to show, and the name under which its answer is kept."""

    public_id: str
    png: bytes


def make_picture(site_id: int, *, at: datetime) -> Picture:
    """Draw a picture and keep its answer; those that nobody answered in time go."""
    db.session.execute(delete(Captcha).where(Captcha.expires_at < at))
    answer = "".join(secrets.choice(_SIGNS) for _place in range(LENGTH))
    public_id = new_public_id()
    db.session.add(Captcha(public_id=public_id, site_id=site_id, answer=answer, expires_at=at + GOOD_FOR))
    db.session.flush()
    return Picture(public_id, ImageCaptcha(width=160, height=60).generate(answer).getvalue())


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
