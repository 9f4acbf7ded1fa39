"""What an administrator does with accounts besides editing them: roles, passwords, switching off and locking."""

from collections.abc import Callable

from flask import abort, flash, g, redirect
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..extensions import db
from ..models import Account
from ..services import passwords, people
from .base import allowed, came_from
from .people_forms import KIND_LABELS, PasswordForm, RoleForm, kinds_fitting


class PersonActions:
    """The routes and actions of 人员管理 besides list and card."""

    @expose("/role/<pk>", methods=["GET", "POST"])
    @allowed("edit")
    def role(self, pk):
        """Switch a person between the roles that fit the department (分配角色)."""
        person = self._find(pk, ["department"])
        form = RoleForm(role=next((r for r in person.role_names if r in KIND_LABELS), None))
        form.role.choices = kinds_fitting(person)
        if len(form.role.choices) < 2:
            abort(404)
        if form.validate_on_submit() and self._commit(form, lambda: self._switch(person, form)) is not None:
            flash(gettext("已为“%(name)s”分配角色，其须重新登录", name=person.name), "success")
            return redirect(came_from(self._list_url()))
        return self._form_page("people/role.html", form, gettext("分配角色：%(name)s", name=person.name))

    def _switch(self, person: Account, form: RoleForm) -> Account:
        people.switch_role(person, form.role.data, by=g.user, at=g.arrived_at)
        return person

    @expose("/password/<pk>", methods=["GET", "POST"])
    @allowed("edit")
    def password(self, pk):
        """Give a person a new password, drawn and shown once unless it is typed."""
        person = self._find(pk, ["department"])
        form = PasswordForm()
        title = gettext("重置密码：%(name)s", name=person.name)
        if form.validate_on_submit():
            password = form.initial_password.data or passwords.new_password()
            if self._commit(form, lambda: self._reset(person, password)) is not None:
                if form.initial_password.data:
                    flash(gettext("已重置“%(name)s”的密码，其须重新登录", name=person.name), "success")
                    return redirect(came_from(self._list_url()))
                return self._tell(person, password, gettext("密码已重置"))
        return self._form_page("people/password.html", form, title)

    def _reset(self, person: Account, password: str) -> Account:
        people.reset_password(person, password, by=g.user, at=g.arrived_at)
        return person

    # ------------------------------------------------------------ actions on ticked rows

    @action("enable", _("启用"), _("启用后，下列人员可以登录："), single=False)
    def enable(self, rows: list[Account]):
        """Switch accounts on."""
        return self._for_each(rows, lambda p: people.set_enabled(p, True, by=g.user, at=g.arrived_at), gettext("启用"))

    @action("disable", _("停用"), _("停用后，下列人员立即退出且不能再登录："), single=False)
    def disable(self, rows: list[Account]):
        """Switch accounts off."""
        return self._for_each(rows, lambda p: people.set_enabled(p, False, by=g.user, at=g.arrived_at), gettext("停用"))

    @action("lock", _("锁定"), _("锁定后，下列人员立即退出且不能再登录："), single=False)
    def lock(self, rows: list[Account]):
        """Lock people."""
        return self._for_each(rows, lambda p: people.set_locked(p, True, by=g.user, at=g.arrived_at), gettext("锁定"))

    @action("unlock", _("解锁"), _("将解除下列人员的锁定，包括因多次输错密码造成的临时锁定："), single=False)
    def unlock(self, rows: list[Account]):
        """Unlock people."""
        return self._for_each(rows, lambda p: people.set_locked(p, False, by=g.user, at=g.arrived_at), gettext("解锁"))

    def _for_each(self, rows: list[Account], verb: Callable[[Account], None], done: str):
        for person in rows:
            verb(person)
        db.session.commit()
        flash(gettext("已%(done)s %(count)s 人", done=done, count=len(rows)), "success")
        return redirect(came_from(self._list_url()))
