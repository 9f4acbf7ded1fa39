"""Who is logged in and which screens are open: FAB's security manager, reading our tables and `roles.SCREENS` only."""

import logging

from flask import current_app, g, request, session
from flask_appbuilder.security.sqla.manager import SecurityManager as StockSecurityManager
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import defaultload, joinedload, load_only, with_expression

from .clock import now
from .database import KEEP_PLAN
from .extensions import db, limiter
from .models import UNDECIDED, Account, Department, Membership, Message
from .roles import may

EPOCH = "login_epoch"
AUTHOR, AUTHOR_EPOCH = "author", "author_epoch"  # of a rehearsal: who plays the part of this session
ACTING = "acting_for"  # the enterprise that somebody who belongs to several acts for now
SEEN = "seen_at"  # seconds since 1970 of the last thing that the person did
NOTED_EVERY = 60  # seconds: what a person does is noted that often, so that not every answer carries the cookie
# What pages ask by themselves, again and again; saving a draft follows typing and so counts as doing something.
ASKED_BY_PAGES = frozenset(
    {"DeclarationDocumentView.status", "JobView.state", "PresenceView.note", "PresenceView.show"}
)


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
        if session.get(EPOCH) != account.login_epoch:
            return None
        if AUTHOR in session and author_of_session() is None:
            return None
        account.acting_id = _acting_id(account)
        return account if _is_awake() else None

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


MOST_UNREAD = 100  # counted at most: the number is for a badge
_UNREAD = (
    select(Message.id)
    .where(Message.account_id == Account.id, Message.read_at.is_(None))
    .correlate(Account)  # and not by parameter: a rollback reads the person again, without parameters
    .limit(MOST_UNREAD)
    .subquery()
)
WHO = (
    select(Account)
    .where(Account.id == bindparam("account"))
    .options(
        load_only(
            Account.username, Account.first_name, Account.active, Account.locked, Account.login_epoch,
            Account.must_change_password, Account.site_id, Account.department_id, Account.email, Account.mobile,
            Account.position,
        ),
        with_expression(Account.unread, select(func.count()).select_from(_UNREAD).scalar_subquery()),
        joinedload(Account.roles),
        joinedload(Account.memberships).load_only(Membership.enterprise_id, Membership.role, Membership.grants),
        joinedload(Account.department).joinedload(Department.region),
        joinedload(Account.department).joinedload(Department.parent),
        defaultload(Account.department).defer(Department.description),
        defaultload(Account.department).defaultload(Department.parent).defer(Department.description),
    )
    .execution_options(**KEEP_PLAN)
)  # fmt: skip


def _is_awake() -> bool:
    """Tell whether the person did something lately, and note that they do now; the reason of a no stays in `g`."""
    at = int((g.get("arrived_at") or now()).timestamp())
    if at - session.get(SEEN, at) > current_app.config["SESSION_IDLE_MINUTES"] * 60:
        g.idle_too_long = True
        return False
    if SEEN not in session or (request.endpoint not in ASKED_BY_PAGES and at - session[SEEN] >= NOTED_EVERY):
        session[SEEN] = at
    return True


def _acting_id(account: Account) -> int | None:
    """Return the enterprise that the person acts for: the only one, or the one chosen in this session."""
    own = [m.enterprise_id for m in account.memberships]
    if len(own) < 2:
        return own[0] if own else None
    chosen = session.get(ACTING)
    return chosen if chosen in own else UNDECIDED


def act_for(enterprise_id: int) -> None:
    """Let this session act for one of the person's enterprises from the next request on."""
    session[ACTING] = enterprise_id


def begin_session(account: Account) -> None:
    """Log the person in with a fresh session, keeping the language, and whom they acted for when they come back."""
    locale = session.get("locale")
    acting = session.get(ACTING) if session.get("_user_id") == str(account.id) else None
    session.clear()
    if locale:
        session["locale"] = locale
    if acting:
        session[ACTING] = acting
    session[EPOCH] = account.login_epoch
    session[SEEN] = int(now().timestamp())
    session.permanent = True
    login_user(account)


def begin_part(played: Account, *, author: Account) -> None:
    """Let an author play a part of a rehearsal, in a session that knows whose it is."""
    begin_session(played)
    session[AUTHOR], session[AUTHOR_EPOCH] = author.id, author.login_epoch
    g.pop(AUTHOR, None)


def end_part(author: Account) -> None:
    """Let an author be themselves again."""
    begin_session(author)


def author_of_session() -> Account | None:
    """Return who plays the part of this session; None outside of rehearsals, or when the author was logged out."""
    if AUTHOR not in session:
        return None
    if AUTHOR not in g:
        author = db.session.get(Account, session[AUTHOR])
        stays = author is not None and author.active and not author.locked
        g.author = author if stays and author.login_epoch == session.get(AUTHOR_EPOCH) else None
    return g.author


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
