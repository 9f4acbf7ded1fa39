"""An application with a few generated screens of its own, on the demo database."""

import copy
import re

import pytest
from flask import flash, redirect
from flask_appbuilder.actions import action

from app import create_app, roles
from app.extensions import db
from app.models import Department, Enterprise, Membership
from app.views.base import ScopedInterface, ScopedModelView, Tab
from tests.conftest import Browser

OFFICIALS = {roles.CITY_ADMINISTRATOR, roles.COUNTY_ADMINISTRATOR, roles.CITY_OFFICER}
EVERYTHING = ("can_list", "can_show", "can_add", "can_edit", "can_delete", "rename", "touch")


class UnitScreen(ScopedModelView):
    """Departments with every verb and an action that asks first."""

    datamodel = ScopedInterface(Department)
    route_base = "/units"
    noun = "部门"
    purpose = "测试用的部门列表。"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "kind", "parent", "region", "head", "enabled"]
    show_columns = ["name", "kind", "parent", "region.parent.name", "enabled"]
    search_columns = ["name", "region", "kind", "parent", "enabled"]
    add_columns = edit_columns = ["name", "kind", "region", "parent", "head", "enabled"]
    base_order = ("id", "asc")
    label_columns = {
        "name": "名称",
        "kind": "类别",
        "parent": "上级",
        "region": "地区",
        "region.parent.name": "所在市",
        "head": "负责人",
        "enabled": "启用",
    }

    def create(self, form):
        item = super().create(form)
        item.path = f"{item.parent.path if item.parent else '/elsewhere/'}new/"
        return item

    @action("rename", "统一负责人", "将修改下列部门的负责人：")
    def rename(self, rows):
        for row in rows:
            row.head = "新负责人"
        db.session.commit()
        flash("done", "success")
        return redirect("/units/")


class CompanyScreen(ScopedModelView):
    """Enterprises by public id, sorted by a column that may be empty, with phases."""

    datamodel = ScopedInterface(Enterprise, key="public_id")
    route_base = "/companies"
    noun = "企业"
    purpose = "测试用的企业列表。"
    base_permissions = ["can_list", "can_show"]
    list_columns = ["name", "credit_code", "county", "established_on", "registered_capital"]
    show_columns = ["name", "credit_code", "business_scope"]
    search_columns = ["name", "credit_code", "county", "established_on"]
    base_order = ("established_on", "desc")
    label_columns = {
        "name": "企业名称",
        "credit_code": "统一社会信用代码",
        "county": "所在区",
        "established_on": "成立日期",
        "registered_capital": "注册资本（元）",
        "business_scope": "经营范围",
    }

    def tabs(self):
        return [Tab("all", "全部", Enterprise.id > 0), Tab("bad", "失信", Enterprise.dishonest.is_(True))]


class MemberScreen(ScopedModelView):
    """Memberships, whose enterprise may come from a long list."""

    datamodel = ScopedInterface(Membership)
    route_base = "/members"
    noun = "成员"
    purpose = "测试用的成员列表。"
    subject = "role"
    base_permissions = ["can_list", "can_add"]
    list_columns = ["role", "enterprise"]
    show_columns = ["role", "enterprise"]
    search_columns = ["enterprise"]
    add_columns = ["enterprise", "role"]
    label_columns = {"role": "身份", "enterprise": "企业"}


@pytest.fixture(scope="session")
def _screens(_databases):
    """The application with the screens above; what roles may open is put back afterwards."""
    kept = copy.deepcopy(roles.SCREENS)
    for view in ("UnitScreen", "CompanyScreen", "MemberScreen"):
        roles.screen(view, OFFICIALS, EVERYTHING)
    application = create_app()
    application.test_client_class = Browser
    with application.app_context():
        builder = application.appbuilder
        for number, view in enumerate((UnitScreen, CompanyScreen, MemberScreen)):
            builder.add_view(view, f"screen {number}", label=view.noun, category="测试")
        for number in range(40):
            builder.add_link(f"link {number}", href=f"/link/{number}", category="更多")
    roles.SCREENS[roles.CITY_ADMINISTRATOR].update(("menu_access", f"link {number}") for number in range(40))
    application.extensions["huey"].flask_app = _databases.app
    yield application
    roles.SCREENS.clear()
    roles.SCREENS.update(kept)


@pytest.fixture
def screens(app, _screens):
    """Return a function: user name → client of the application with the test screens, logged in as that person."""
    with _screens.app_context():
        db.session.remove()
        db.engine.dispose()

    def log_in(username):
        if username is None:
            return _screens.test_client()
        account = db.session.execute(
            db.text("select id, login_epoch from ab_user where username = :name"), {"name": username}
        ).one()
        browser = _screens.test_client()
        with browser.session_transaction() as cookies:
            cookies["_user_id"], cookies["_fresh"], cookies["login_epoch"] = str(account.id), True, account.login_epoch
        return browser

    yield log_in
    with _screens.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def csrf_on(app, monkeypatch):
    """Check CSRF tokens as in production."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def token():
    """Return a function: client → a CSRF token of its session."""

    def read(browser, page="/units/add"):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(page).text).group(1)

    return read
