"""The desk of each government role, and the figures of its plots."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from app.clock import now, to_local
from app.extensions import db
from app.models import Declaration, DeclarationState
from app.services import desk_figures

OFFICIALS = (
    "county_officer", "county_admin", "city_officer", "office_leader", "city_admin", "province_officer",
    "province_admin",
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("stand_in_documents")


def plots(browser):
    steps, days = browser.get("/desk/figures.json").get_json()["plots"]
    return steps, days


@pytest.fixture(autouse=True)
def counted_anew(monkeypatch):
    """Count at every request, except where a test is about what is kept."""
    monkeypatch.setattr(desk_figures, "_known", {})
    monkeypatch.setattr(desk_figures, "KEPT_FOR", timedelta(0))


def sums(bars):
    return {series["name"]: sum(series["values"]) for series in bars["series"]}


@pytest.mark.parametrize("username", OFFICIALS)
def test_every_desk_costs_little_full_or_empty(client, declaration_at, username):
    browser, statements = client(username), []
    assert browser.get("/desk/").status_code == 200
    declaration_at("county")
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    for path in ("/desk/", "/desk/figures", "/desk/figures.json"):
        statements.clear()
        answer = browser.get(path)
        assert answer.status_code == 200
        assert len([s for s in statements if s != "BEGIN"]) <= 8, (path, statements)
        assert len(answer.data) <= 150 * 1024


@pytest.mark.parametrize("username", ["enterprise_admin", "platform_operator"])
@pytest.mark.parametrize("path", ["/desk/", "/desk/figures", "/desk/figures.json"])
def test_others_have_no_desk(client, username, path):
    assert client(username).get(path).status_code == 403


def test_operators_start_at_their_console(client):
    assert client("platform_operator").get("/").headers["Location"].endswith("/ops/")


def test_figures_show_the_own_scope_only(client, declaration_at):
    declaration_at("county")
    step, day = plots(client("county_officer"))
    assert (step["total"], day["total"]) == (1, 1)
    assert (plots(client("gz_county_officer"))[0]["total"], plots(client("gz_county_officer"))[1]["total"]) == (0, 0)
    assert plots(client("province_officer"))[0]["total"] == 0, "it has not come so far"
    assert plots(client("province_admin"))[0]["total"] == 1, "administrators see their whole region"


def test_a_draft_is_nobodys_figure(client, declaration_at):
    declaration_at("draft")
    assert plots(client("province_admin"))[0]["total"] == plots(client("province_admin"))[1]["total"] == 0


def test_places_are_those_below_the_own(client, declaration_at):
    declaration_at("county")
    assert plots(client("city_admin"))[0]["labels"] == ["惠城区"]
    assert plots(client("province_admin"))[0]["labels"] == ["惠州市"]
    county = plots(client("county_admin"))[0]
    assert county["axis"] == "方向"
    assert len(county["labels"]) == 1


def test_steps_have_their_names_and_ends_their_states(client, declaration_at, session):
    first = declaration_at("county")
    declaration_at("returned", "company_03")
    found = sums(plots(client("city_admin"))[0])
    assert sum(found.values()) == 2
    assert found["退回待提交"] == 1
    (step,) = set(found) - {"退回待提交"}
    assert "区县" in step or "县" in step
    session.execute(
        update(Declaration).where(Declaration.id == first.id).values(state=DeclarationState.VOID, step=None)
    )
    session.commit()
    assert sums(plots(client("city_admin"))[0])["无效申报"] == 1


def test_days_are_those_of_the_calendar_on_the_wall(client, declaration_at, session):
    declaration = declaration_at("county")
    today = to_local(now()).replace(hour=0, minute=30, second=0, microsecond=0)
    for moment, place in ((today, -1), (today - timedelta(hours=1), -2), (today - timedelta(days=29), 0)):
        session.execute(update(Declaration).where(Declaration.id == declaration.id).values(submitted_at=moment))
        session.commit()
        day = plots(client("county_officer"))[1]
        assert len(day["labels"]) == desk_figures.DAYS
        assert day["series"][0]["values"][place] == day["total"] == 1
        assert day["labels"][place] == f"{to_local(moment):%m-%d}"
    session.execute(
        update(Declaration).where(Declaration.id == declaration.id).values(submitted_at=today - timedelta(days=30))
    )
    session.commit()
    assert plots(client("county_officer"))[1]["total"] == 0


def test_the_tables_show_the_same_figures(client, declaration_at):
    declaration_at("county")
    page = client("city_admin").get("/desk/figures").text
    assert "各环节申报数" in page
    assert "惠城区" in page
    assert "暂无数据" in client("gz_county_officer").get("/desk/figures").text


def test_many_places_are_summed_up(app):
    counts = {(place, "甲"): place for place in range(1, 41)}
    bars = desk_figures._stacked("题", "轴", counts, [("甲", "brand"), ("乙", "ok")], {n: str(n) for n in range(1, 41)})
    assert len(bars.labels) == desk_figures.MOST_BARS + 1
    assert bars.labels[0] == "40"
    assert bars.labels[-1] == "其他"
    assert [series.name for series in bars.series] == ["甲"]
    assert bars.total == sum(counts.values())


def test_the_desk_names_what_waits_the_deadline_and_the_call(client, declaration_at, session):
    call = declaration_at("county").call
    page = client("county_officer").get("/desk/").text
    assert "1 个项目待审核" in page
    assert "近期审核截止" in page
    assert "各方向办理情况" in page
    assert call.name in page
    assert "data-plots" in page
    assert session.scalars(select(Declaration.id)).all()


def test_an_empty_desk_says_why(client):
    assert "没有待办事项" in client("gz_county_officer").get("/desk/").text


def test_figures_are_counted_once_for_those_in_the_same_place(client, declaration_at, monkeypatch):
    monkeypatch.setattr(desk_figures, "KEPT_FOR", timedelta(minutes=5))
    assert plots(client("county_officer"))[0]["total"] == 0
    declaration_at("county")
    assert plots(client("county_officer"))[0]["total"] == 0, "counted a moment ago"
    assert plots(client("city_admin"))[0]["total"] == 1, "another place is counted by itself"
    monkeypatch.setattr(desk_figures, "KEPT_FOR", timedelta(0))
    assert plots(client("county_officer"))[0]["total"] == 1
