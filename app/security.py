"""Who is logged in and which screens are open: FAB's security manager, reading our tables and `roles.SCREENS` only."""

import logging

from flask import session
from flask_appbuilder.security.sqla.manager import SecurityManager as StockSecurityManager
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import defaultload, joinedload, load_only

from .extensions import db, limiter
from .models import Account, Department, Membership
from .roles import may

EPOCH = "login_epoch"


class SecurityManager(StockSecurityManager):
    """Mounts our log-in view only, and answers every question about access from code, without a statement."""

    user_model = Account

    def register_views(self) -> None:
        """Mount the log-in page; FAB's user, role and token screens stay out."""
        from .views.login import LoginView

        self.auth_view = LoginView()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def create_login_manager(self, app) -> LoginManager:
        """Send strangers to our log-in page."""
        manager = super().create_login_manager(app)
        manager.login_view = "LoginView.login"
        manager.login_message = None
        return manager

    def create_limiter(self, app):
        """Use the application's one limiter."""
        limiter.init_app(app)
        return limiter

    def load_user(self, pk: str) -> Account | None:
        """Return the person of this session with all that access decisions need, in one statement."""
        if not str(pk).isdigit():
            return None
        account = db.session.scalars(WHO, {"account": int(pk)}).unique().first()
        if account is None or not account.active or account.locked:
            return None
        return account if session.get(EPOCH) == account.login_epoch else None

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Tell whether the person of this request may; a menu entry is open when the page behind it is."""
        if permission_name == "menu_access":
            return view_name in self.get_user_menu_access([view_name])
        user = current_user._get_current_object()
        return user.is_authenticated and may(user.role_names, permission_name, view_name)

    def _has_view_access(self, user: Account, permission_name: str, view_name: str) -> bool:
        return may(user.role_names, permission_name, view_name)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Return the names of the menu entries that the person may open."""
        from .views.navigation import open_entries

        names = {name for entry in open_entries() for name in entry.names}
        return names if menu_names is None else names.intersection(menu_names)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing guarded is public; public pages carry no guard."""
        return False


WHO = (
    select(Account)
    .where(Account.id == bindparam("account"))
    .options(
        load_only(
            Account.username, Account.first_name, Account.active, Account.locked, Account.login_epoch,
            Account.site_id, Account.department_id,
        ),
        joinedload(Account.roles),
        joinedload(Account.memberships).load_only(Membership.enterprise_id, Membership.role),
        joinedload(Account.department).joinedload(Department.region),
        joinedload(Account.department).joinedload(Department.parent),
        defaultload(Account.department).defer(Department.description),
        defaultload(Account.department).defaultload(Department.parent).defer(Department.description),
    )
)  # fmt: skip


def begin_session(account: Account) -> None:
    """Log the person in with a fresh session, keeping only the language."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    session[EPOCH] = account.login_epoch
    session.permanent = True
    login_user(account)


def end_session() -> None:
    """Log the person out, keeping only the language."""
    locale = session.get("locale")
    logout_user()
    session.clear()
    if locale:
        session["locale"] = locale


class _NoStatementParameters(logging.Filter):
    """FAB logs failed statements with their parameters, password hashes among them: keep the kind of failure only."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(type(a).__name__ if isinstance(a, SQLAlchemyError) else a for a in record.args)
        if record.exc_info and isinstance(record.exc_info[1], SQLAlchemyError):
            record.msg = f"{record.msg} ({type(record.exc_info[1]).__name__})"
            record.exc_info = None
        return True


for _name in ("flask_appbuilder.security.sqla.manager", "flask_appbuilder.models.sqla.interface"):
    logging.getLogger(_name).addFilter(_NoStatementParameters())
