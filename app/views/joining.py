"""加入企业、选择所在单位: a person finds the enterprise by a part of its name and asks to be let in."""

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_login import current_user

from ..errors import DomainError, Invalid
from ..extensions import db, limiter
from ..models import MembershipRole
from ..services import joining
from .base import ScopedView, allowed

SEARCH_RATE = "30 per minute;300 per day"


def _whose() -> str:
    return f"join:{current_user.get_id()}"


class JoinView(ScopedView):
    """`/join/`: `as` says as what, `q` is a part of a name, `enterprise` the one to ask."""

    route_base = "/join"
    default_view = "index"

    @expose("/")
    @limiter.limit(SEARCH_RATE, key_func=_whose, exempt_when=lambda: not request.args.get("q"))
    @allowed("read")
    def index(self):
        """Show the own requests, and what was found or chosen."""
        return self._page()

    @expose("/", methods=["POST"])
    @allowed("edit")
    def ask(self):
        """Ask the chosen enterprise; what was typed stays when it cannot be asked."""
        enterprise = joining.find_enterprise(_word("enterprise"), g.user)
        try:
            joining.ask_to_join(enterprise, _role(), note=request.form.get("note", ""), by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            db.session.rollback()
            return self._page(refusal), refusal.status
        db.session.commit()
        flash(gettext("已向“%(name)s”提出申请，请等待其企业管理员审核", name=enterprise.name), "success")
        return redirect(url_for("JoinView.index", **{"as": _kind()}))

    @expose("/requests/<int:join_request_id>/withdraw", methods=["POST"])
    @allowed("edit")
    def withdraw(self, join_request_id):
        """Take an own request back."""
        try:
            joining.withdraw_request(join_request_id, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            if refusal.status == 404:
                raise
            db.session.rollback()
            flash(str(refusal), "danger")
            return redirect(url_for("JoinView.index"))
        db.session.commit()
        flash(gettext("已撤回申请"), "success")
        return redirect(url_for("JoinView.index"))

    def _page(self, refusal: DomainError | None = None) -> str:
        asked, chosen = " ".join(_word("q").split()), _word("enterprise")
        found, problem = (), None
        if asked and not chosen:
            try:
                found = joining.find_enterprises(asked, g.user)
            except Invalid as too_short:
                problem = too_short
        return self.render_template(
            "joining/index.html",
            title=gettext("选择所在单位") if _kind() == "individual" else gettext("加入企业"),
            kind=_kind(),
            asked=asked,
            found=found,
            problem=problem,
            most=joining.MOST_FOUND,
            chosen=joining.find_enterprise(chosen, g.user) if chosen else None,
            note=request.form.get("note", ""),
            longest=joining.LONGEST_NOTE,
            refusal=refusal,
            requests=joining.requests_of(g.user),
        )


def _word(name: str) -> str:
    return request.values.get(name, "").replace("\x00", "").strip()[:120]


def _kind() -> str:
    return "individual" if request.values.get("as") == "individual" else "employee"


def _role() -> MembershipRole:
    return MembershipRole(_kind())
