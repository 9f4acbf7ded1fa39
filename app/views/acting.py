"""选择办理业务的企业: who belongs to several acts for exactly one at a time."""

from flask import Flask, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from ..errors import Forbidden
from ..models import UNDECIDED
from ..security import act_for
from ..services import acting
from .access import PUBLIC_ENDPOINTS, wants_json
from .base import ScopedView, allowed, safe_path
from .entering import home

CHOICE_PAGE = "ActingView.choose"
OPEN_WITHOUT = PUBLIC_ENDPOINTS | {CHOICE_PAGE}  # and the own account, which belongs to no enterprise


class ActingView(ScopedView):
    """`/acting/`: the enterprises of the person, and the one acted for."""

    route_base = "/acting"
    default_view = "choose"

    @expose("/", methods=["GET", "POST"])
    @allowed("read")
    def choose(self):
        """Show the enterprises, or act for one of them from now on."""
        memberships = acting.memberships_of(g.user)
        if request.method != "POST":
            return self.render_template(
                "acting/choose.html",
                title=gettext("选择企业"),
                memberships=memberships,
                current=g.user.acting_id,
                target=safe_path(request.args.get("next")) or "",
            )
        chosen = acting.find_membership(g.user, request.form.get("membership", ""))
        was_undecided = g.user.acting_id == UNDECIDED
        act_for(chosen.enterprise_id)
        flash(gettext("正在为“%(name)s”办理业务", name=chosen.enterprise.name), "success")
        return redirect((was_undecided and safe_path(request.form.get("next"))) or home())


def init_acting(app: Flask) -> None:
    """Ask whoever belongs to several enterprises, before anything else, and tell templates whom they act for."""
    app.before_request(_lead_to_choice)
    app.jinja_env.globals["acting_for"] = _acting_for


def _lead_to_choice():
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_WITHOUT or endpoint.startswith("AccountView."):
        return None
    if not current_user.is_authenticated or current_user.acting_id != UNDECIDED:
        return None
    if wants_json():
        raise Forbidden(_("您属于多个企业，请先选择为哪个企业办理业务。"))
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for(CHOICE_PAGE, next=target))


def _acting_for() -> str | None:
    """Return the enterprise that somebody who belongs to several acts for; None for everybody else."""
    person = current_user._get_current_object()
    if not person.is_authenticated or not person.acting_id or len(person.memberships) < 2:
        return None
    if "acting_for" not in g:
        g.acting_for = acting.name_of(person)
    return g.acting_for
