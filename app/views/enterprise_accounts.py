"""企业账号: the bureau finds who logs in for an enterprise and resets a forgotten password."""

from flask import g, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_wtf import FlaskForm

from ..extensions import db
from ..services import enterprise_accounts, passwords
from .base import ScopedView, allowed, came_from


class EnterpriseAccountsView(ScopedView):
    """The accounts of one enterprise of the own region."""

    route_base = "/enterprises"

    @expose("/<enterprise_id>/accounts")
    @allowed("read")
    def index(self, enterprise_id):
        """List who acts for the enterprise."""
        enterprise = enterprise_accounts.find_enterprise(enterprise_id, g.user)
        members = enterprise_accounts.accounts_of(enterprise, g.user)
        return self.render_template(
            "enterprises/accounts.html",
            title=gettext("企业账号：%(name)s", name=enterprise.name),
            enterprise=enterprise,
            members=members,
            no_reset=enterprise_accounts.no_reset((m.account for m in members), g.user),
            most=enterprise_accounts.MOST,
            back=came_from(url_for("EnterpriseAdmin.show", pk=enterprise.public_id)),
        )

    @expose("/<enterprise_id>/accounts/<int:membership_id>/password", methods=["GET", "POST"])
    @allowed("read")
    def password(self, enterprise_id, membership_id):
        """Ask, then give the account a drawn password and show it once."""
        enterprise = enterprise_accounts.find_enterprise(enterprise_id, g.user)
        account = enterprise_accounts.find_account(enterprise, membership_id, g.user)
        back = came_from(url_for("EnterpriseAccountsView.index", enterprise_id=enterprise.public_id))
        form = FlaskForm()
        if not form.validate_on_submit():
            return self.render_template(
                "enterprises/account_password.html", title=gettext("重置密码"), form=form, enterprise=enterprise,
                account=account, back=back,
            )  # fmt: skip
        drawn = passwords.new_password()
        enterprise_accounts.reset_password(enterprise, account, drawn, by=g.user, at=g.arrived_at)
        db.session.commit()
        return self.render_template(
            "enterprises/account_password.html", title=gettext("密码已重置"), enterprise=enterprise, account=account,
            password=drawn, back=back,
        )  # fmt: skip
