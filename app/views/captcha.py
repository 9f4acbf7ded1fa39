"""图片验证码 for forms that answer without a log-in."""

from base64 import b64encode
from datetime import datetime

from flask import Response, current_app, g, jsonify
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from ..extensions import db, limiter
from ..services import captchas
from .base import ScopedView


class CaptchaForm(FlaskForm):
    """A form with a picture to read."""

    captcha = StringField(
        _("图片验证码"), [InputRequired(_("请输入图片验证码")), Length(max=12)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )  # fmt: skip
    captcha_id = HiddenField(validators=[Length(max=24)])

    def require_answer(self, at: datetime) -> None:
        """Raise Invalid unless the picture was read aright; it is used up either way: commit."""
        captchas.require_answer(self.captcha_id.data or "", self.captcha.data, site_id=g.site.id, at=at)


def captcha_rate() -> str:
    """Return how often one address may ask for a picture."""
    return current_app.config["CAPTCHA_RATE_LIMIT"]


class CaptchaView(ScopedView):
    """Public: gives a picture and the name of its answer. It is asked for by POST, for it keeps something."""

    route_base = "/captcha"
    default_view = "make"

    @expose("/", methods=["POST"])
    @limiter.limit(captcha_rate)
    def make(self):
        """Draw a picture."""
        return _answer(captchas.make_picture(g.site.id, at=g.arrived_at))

    @expose("/spoken", methods=["POST"])
    @limiter.limit("10 per minute")
    def speak(self):
        """Draw a picture of figures only and say them, for people who cannot see it."""
        return _answer(captchas.make_spoken(g.site.id, at=g.arrived_at))


def _answer(picture: captchas.Picture) -> Response:
    db.session.commit()
    told = {"id": picture.public_id, "image": _address("image/png", picture.png)}
    if picture.wav:
        told["sound"] = _address("audio/wav", picture.wav)
    return jsonify(told)


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
