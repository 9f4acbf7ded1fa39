"""人员管理 of an enterprise: who belongs to it, what each may do, who wants to join, who is in charge."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_login import current_user
from flask_wtf import FlaskForm

from ..errors import Conflict, DomainError, Invalid
from ..extensions import db, limiter
from ..models import Membership, MembershipRole
from ..services import grants, joining, passwords, staff
from .account import put_refusal
from .base import ScopedView, allowed
from .declaring.own import own_enterprise
from .login import log_in_rate
from .staff_forms import EmployeeForm, GrantsForm, HandOverForm

TABS = ("members", "individuals", "joiners")
ADDING_RATE = "60 per hour"  # or user names could be tried out


def _whose() -> str:
    return f"staff:{current_user.get_id()}"


class StaffView(ScopedView):
    """The people of the enterprise that its administrator acts for."""

    route_base = "/staff"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show members, individuals of the unit, or who waits to be let in."""
        enterprise = own_enterprise()
        tab = request.args.get("tab") if request.args.get("tab") in TABS else TABS[0]
        kinds = staff.INDIVIDUALS if tab == "individuals" else staff.PEOPLE
        return self.render_template(
            "staff/index.html",
            title=gettext("人员管理"),
            enterprise=enterprise,
            tab=tab,
            counts={
                "members": staff.count_members(enterprise, staff.PEOPLE),
                "individuals": staff.count_members(enterprise, staff.INDIVIDUALS),
                "joiners": joining.count_open(enterprise),
            },
            members=staff.members_of(enterprise, kinds, g.user) if tab != "joiners" else (),
            joiners=joining.open_requests(enterprise, g.user) if tab == "joiners" else (),
            can_hand_over=tab == "members" and bool(staff.successors(enterprise, g.user)),
            granted=lambda membership: [grants.LABELS[name] for name in grants.LABELS if name in grants.of(membership)],
            is_self=lambda membership: membership.account_id == g.user.id,
        )

    # ------------------------------------------------------------ employees

    @expose("/add", methods=["GET", "POST"])
    @limiter.limit(ADDING_RATE, key_func=_whose, methods=["POST"])
    @allowed("edit")
    def add(self):
        """Open an account for an employee; the drawn password is shown once."""
        enterprise, form = own_enterprise(), EmployeeForm(granted=list(grants.DEFAULT))
        title, password = gettext("新增员工"), passwords.new_password()
        if not form.validate_on_submit():
            return self._form(form, title)

        def add() -> Membership:
            return staff.add_employee(
                enterprise, form.username.data, form.name.data, password, form.granted.data, by=g.user, at=g.arrived_at
            )

        return self._done(add, form, title, lambda member: self._tell(member, password, gettext("账号已创建")))

    @expose("/<int:membership_id>/grants", methods=["GET", "POST"])
    @allowed("edit")
    def grants(self, membership_id):
        """Say what an employee may do."""
        member = self._find(membership_id)
        form = GrantsForm(granted=sorted(grants.of(member)))
        title = gettext("设置权限：%(name)s", name=member.account.name)
        if not form.validate_on_submit():
            return self._form(form, title)
        return self._done(
            lambda: staff.set_grants(member, form.granted.data, by=g.user, at=g.arrived_at), form, title,
            lambda _none: self._back(gettext("已保存“%(name)s”的权限", name=member.account.name)),
        )  # fmt: skip

    @expose("/<int:membership_id>/password", methods=["GET", "POST"])
    @allowed("edit")
    def password(self, membership_id):
        """Ask, then give an employee a drawn password and show it once."""
        member, form = self._find(membership_id), FlaskForm()
        title = gettext("重置密码：%(name)s", name=member.account.name)
        if not form.validate_on_submit():
            text = gettext("重置后由系统生成新密码，原密码立即失效，已登录的立即退出。请先核实来人身份。")
            return self._ask(title, text, member, gettext("重置密码"))
        password = passwords.new_password()
        try:
            staff.reset_password(member, password, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            return self._refused(refusal)
        db.session.commit()
        return self._tell(member, password, gettext("密码已重置"))

    @expose("/<int:membership_id>/remove", methods=["GET", "POST"])
    @allowed("edit")
    def remove(self, membership_id):
        """Ask, then end a membership."""
        member, form = self._find(membership_id), FlaskForm()
        name = member.account.name
        if not form.validate_on_submit():
            text = gettext("移出后立即退出登录，不能再查看和办理本单位的业务；其填报的内容和办理记录保留。")
            return self._ask(gettext("移出人员：%(name)s", name=name), text, member, gettext("移出"), danger=True)
        tab = "individuals" if member.role is MembershipRole.INDIVIDUAL else "members"
        try:
            staff.remove_member(member, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            return self._refused(refusal, tab)
        db.session.commit()
        return self._back(gettext("已移出“%(name)s”", name=name), tab)

    @expose("/hand-over", methods=["GET", "POST"])
    @limiter.limit(log_in_rate, methods=["POST"])
    @allowed("edit")
    def hand_over(self):
        """Make an employee the administrator, after asking for the own password."""
        enterprise, form = own_enterprise(), HandOverForm()
        found = staff.successors(enterprise, g.user)
        people = [(str(m.id), f"{m.account.name}（{m.account.username}）") for m in found]
        form.successor.choices = [("", gettext("请选择")), *people]
        title = gettext("转让管理员")
        if not form.validate_on_submit():
            return self._form(form, title, template="staff/hand_over.html")
        member = self._find(int(form.successor.data))
        return self._done(
            lambda: staff.hand_over(member, form.password.data, by=g.user, at=g.arrived_at), form, title,
            lambda _none: self._handed_over(member), template="staff/hand_over.html", counts=True,
        )  # fmt: skip

    def _handed_over(self, member: Membership):
        flash(gettext("企业管理员已转让给“%(name)s”", name=member.account.name), "success")
        return redirect(url_for("WorkbenchView.index"))

    # ------------------------------------------------------------ who wants to join

    @expose("/requests/<int:join_request_id>/grant", methods=["POST"])
    @allowed("edit")
    def let_in(self, join_request_id):
        """Let somebody in."""
        try:
            member = joining.grant(join_request_id, by=g.user, at=g.arrived_at)
        except (Conflict, Invalid) as refusal:
            return self._refused(refusal, "joiners")
        db.session.commit()
        if member.role is MembershipRole.INDIVIDUAL:
            return self._back(gettext("已通过“%(name)s”的申请", name=member.account.name), "joiners")
        flash(gettext("已通过“%(name)s”的申请，请核对其权限", name=member.account.name), "success")
        return redirect(url_for("StaffView.grants", membership_id=member.id))

    @expose("/requests/<int:join_request_id>/refuse", methods=["GET", "POST"])
    @allowed("edit")
    def turn_away(self, join_request_id):
        """Ask for the reason, then turn somebody away."""
        asked, form = joining.find_open(join_request_id, g.user), FlaskForm()
        if not form.validate_on_submit():
            return self._refusing(asked)
        name = asked.account.name
        try:
            joining.refuse(join_request_id, request.form.get("opinion", ""), by=g.user, at=g.arrived_at)
        except Conflict as refusal:
            return self._refused(refusal, "joiners")
        except Invalid as refusal:
            db.session.rollback()
            return self._refusing(joining.find_open(join_request_id, g.user), refusal), refusal.status
        db.session.commit()
        return self._back(gettext("已拒绝“%(name)s”的申请", name=name), "joiners")

    def _refusing(self, asked: Any, refusal: DomainError | None = None) -> str:
        return self.render_template(
            "staff/refuse.html",
            title=gettext("拒绝加入申请"),
            asked=asked,
            typed=request.form.get("opinion", ""),
            problem=refusal,
            longest=joining.LONGEST_NOTE,
            back=url_for("StaffView.index", tab="joiners"),
        )

    # ------------------------------------------------------------ answers

    def _find(self, membership_id: int) -> Membership:
        return staff.find_member(own_enterprise(), membership_id, g.user)

    def _done(self, verb: Callable[[], Any], form: FlaskForm, title: str, answer: Callable[[Any], Any], **options: Any):
        """Do it and answer, or show the form as it was typed; `counts` keeps what a wrong password has counted."""
        counts = options.pop("counts", False)
        try:
            result = verb()
        except DomainError as refusal:
            if counts:
                db.session.commit()
            else:
                db.session.rollback()
            return self._form(form, title, refusal, **options)
        db.session.commit()
        return answer(result)

    def _form(self, form: FlaskForm, title: str, refusal: DomainError | None = None, template: str = "staff/form.html"):
        if refusal is not None:
            put_refusal(refusal, form)
        page = self.render_template(template, title=title, form=form, back=url_for("StaffView.index"))
        return page, refusal.status if refusal else (422 if request.method == "POST" else 200)

    def _ask(self, title: str, text: str, member: Membership, submit: str, *, danger: bool = False) -> str:
        subject = f"{member.account.name}（{member.account.username}）"
        return self.render_template(
            "skin/confirm.html", title=title, text=text, subjects=[subject], fields=[], submit=submit, danger=danger,
            back=url_for("StaffView.index", tab="individuals" if member.role is MembershipRole.INDIVIDUAL else None),
        )  # fmt: skip

    def _tell(self, member: Membership, password: str, title: str) -> str:
        return self.render_template(
            "staff/password_once.html", title=title, account=member.account, password=password,
            after=url_for("StaffView.index"),
        )  # fmt: skip

    def _refused(self, refusal: DomainError, tab: str | None = None):
        db.session.rollback()
        flash(str(refusal), "danger")
        return redirect(url_for("StaffView.index", tab=tab))

    def _back(self, sentence: str, tab: str | None = None):
        flash(sentence, "success")
        return redirect(url_for("StaffView.index", tab=tab))
