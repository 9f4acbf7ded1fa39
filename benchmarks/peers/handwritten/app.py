"""One view, written for this one list: log-in, CSRF, a nonce policy, the officer's scope, a bounded count, a cursor."""

import os
import secrets
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask, abort, g, redirect, render_template, request, session
from flask_wtf import CSRFProtect
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from werkzeug.security import check_password_hash

from .. import MENU_ENTRIES, PAGE_SIZE
from ..counting import count_statements

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOUND = 1001
ACCOUNT = text("""
    SELECT u.id, u.first_name AS name, u.password, u.active, u.locked, u.site_id, u.department_id, r.name AS role
    FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id
    WHERE u.id = :id OR u.username = :username
""")
SCOPE = """
    d.call_id = :call AND d.state = 'in_review' AND d.step = 'province' AND d.office_id = :office
    AND d.step_role = :role AND d.site_id = :site AND d.province_office_id = :office
"""
COUNT = text(f"SELECT count(*) FROM (SELECT 1 FROM declaration d WHERE {SCOPE} LIMIT {BOUND}) AS found")
ROWS = f"""
    SELECT d.id, d.seq, d.public_id, d.title, d.arrived_at, d.due_at, d.public_label, e.name AS enterprise,
           e.dishonest, r.name AS county
    FROM declaration d JOIN enterprise e ON e.id = d.enterprise_id JOIN region r ON r.id = d.county_id
    WHERE {SCOPE} %s ORDER BY d.arrived_at DESC, d.id DESC LIMIT {PAGE_SIZE + 1}
"""
FIRST, FURTHER = text(ROWS % ""), text(ROWS % "AND (d.arrived_at, d.id) < (:moment, :row)")

app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ["SECRET_KEY"], WTF_CSRF_TIME_LIMIT=None)
app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
CSRFProtect(app)
url = os.environ["DATABASE_URL"]
engine = create_engine(url, poolclass=NullPool) if url.startswith("sqlite") else create_engine(url)
count_statements(app, engine)


@app.before_request
def _begin() -> None:
    g.nonce = secrets.token_urlsafe(18)
    g.connection = engine.connect()


@app.teardown_request
def _end(_error: BaseException | None) -> None:
    g.connection.close()


@app.after_request
def _set_headers(response):
    response.headers["Content-Security-Policy"] = f"default-src 'self'; script-src 'self' 'nonce-{g.nonce}'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


@app.route("/login/", methods=["GET", "POST"])
def log_in():
    """Show the log-in form, or log in."""
    if request.method == "POST":
        account = _find_account(username=request.form["username"])
        if account is None or not check_password_hash(account.password, request.form["password"]):
            abort(401)
        session["account"] = account.id
        return redirect("/")
    return render_template("login.html")


@app.route("/queue/<int:call>/")
def queue(call: int):
    """Show a page of what waits for the officer."""
    account = _find_account(id=session.get("account"))
    if account is None or not account.active or account.locked:
        return redirect("/login/")
    scope = {"call": call, "office": account.department_id, "role": account.role, "site": account.site_id}
    total = g.connection.execute(COUNT, scope).scalar_one()
    rows = g.connection.execute(*_page(scope)).all()
    return render_template(
        "queue.html",
        account=account,
        total=f"{BOUND - 1}+" if total == BOUND else total,
        rows=rows[:PAGE_SIZE],
        following=_cursor(rows[PAGE_SIZE - 1]) if len(rows) > PAGE_SIZE else None,
        shown=_shown,
        menu=range(MENU_ENTRIES),
    )


def _find_account(**names):
    return g.connection.execute(ACCOUNT, {"id": None, "username": None} | names).first()


def _page(scope: dict) -> tuple:
    after = request.args.get("after")
    if not after:
        return FIRST, scope
    moment, row = after.rsplit("_", 1)
    return FURTHER, scope | {"moment": _stored(datetime.fromisoformat(moment)), "row": int(row)}


def _cursor(row) -> str:
    return f"{_moment(row.arrived_at).isoformat()}_{row.id}"


def _moment(value: datetime | str | None) -> datetime | None:
    """Return what the driver gives for a moment; SQLite's gives text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _stored(moment: datetime) -> datetime | str:
    return moment.isoformat(" ", "microseconds") if engine.dialect.name == "sqlite" else moment


def _shown(value: datetime | str | None) -> str:
    moment = _moment(value)
    return moment.replace(tzinfo=UTC).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "—"
