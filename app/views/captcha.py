"""图片验证码 for forms that answer without a log-in."""

from base64 import b64encode

from flask import g, jsonify
from flask_appbuilder import expose

from ..extensions import db, limiter
from ..services import captchas
from .base import ScopedView


class CaptchaView(ScopedView):
    """Public: gives a picture and the name of its answer. It is asked for by POST, for it keeps something."""

    route_base = "/captcha"
    default_view = "make"

    @expose("/", methods=["POST"])
    @limiter.limit("30 per minute")
    def make(self):
        """Draw a picture."""
        picture = captchas.make_picture(g.site.id, at=g.arrived_at)
        db.session.commit()
        return jsonify(id=picture.public_id, image=f"data:image/png;base64,{b64encode(picture.png).decode()}")
