"""Publicity for everybody, objections to it, and the screens of the bureau behind both."""

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import create_app
from app.clock import now
from app.extensions import db, limiter
from app.models import Article, ArticleKind, Call, Objection, ObjectionState
from app.services import articles, labels
from config import TestConfig
from tests.conftest import Browser

SAID = {
    "name": "王五",
    "phone": "13900000001",
    "email": "w@example.com",
    "text": "名单第一项的企业名称有误，请核实更正。",
}


@pytest.fixture
def publicity(person):
    officer, at = person("city_officer"), now()
    typed = {
        "kind": ArticleKind.PUBLICITY, "title": "关于拟认定名单的公示", "body": "**名单**如下",
        "published_at": at - timedelta(days=1), "objections_until": at + timedelta(days=7),
    }  # fmt: skip
    article = articles.write_article(typed, by=officer, at=at)
    articles.attach(article, BytesIO(b"%PDF-1.4 list"), "名单.pdf", by=officer, at=at)
    db.session.commit()
    return article


def address(article: Article) -> str:
    return f"/publicity/{article.public_id}/"


def test_everybody_lists_searches_and_reads_publicity(client, publicity, statements):
    visitor = client()
    assert publicity.title in visitor.get("/publicity/").text
    assert publicity.title in visitor.get("/publicity/?q=拟认定").text
    assert "没有符合条件" in visitor.get("/publicity/?q=别的&page=2").text
    statements.clear()
    page = visitor.get(address(publicity)).text
    assert len(statements) <= 8
    assert "<strong>名单</strong>如下" in page
    kept = publicity.files[0]
    answer = visitor.get(f"{address(publicity)}files/{kept.public_id}?download=1")
    assert answer.data == b"%PDF-1.4 list"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("change", ["draft", "planned", "over", "other kind"])
def test_what_is_not_published_is_not_found(client, publicity, change):
    kept = publicity.files[0].public_id
    if change == "other kind":
        publicity.kind, publicity.objections_until = ArticleKind.POLICY, None
    publicity.published_at = {"draft": None, "planned": now() + timedelta(1)}.get(change, publicity.published_at)
    publicity.withdrawn_at = now() if change == "over" else None
    visitor = client()
    for path in ("", f"files/{kept}", "objection"):
        assert visitor.get(address(publicity) + path).status_code == 404


def test_a_stranger_objects_and_keeps_what_was_typed_on_a_mistake(client, publicity):
    visitor, path = client(), f"{address(publicity)}objection"
    answer = visitor.post(path, data=SAID | {"phone": "123"})
    assert answer.status_code == 422
    assert "请填写 11 位手机号码" in answer.text
    assert SAID["text"] in answer.text
    answer = visitor.post(path, data=SAID, follow_redirects=True)
    assert "已收到您的异议" in answer.text
    raised = db.session.scalars(select(Objection)).one()
    assert (raised.article_id, raised.name, raised.account_id) == (publicity.id, "王五", None)


def test_who_is_logged_in_need_not_type_what_is_known(client, publicity, person):
    boss = person("enterprise_admin")
    browser, path = client("enterprise_admin"), f"{address(publicity)}objection"
    assert f'value="{boss.name}"' in browser.get(path).text
    browser.post(path, data=SAID)
    assert db.session.scalars(select(Objection)).one().account_id == boss.id


def test_nobody_objects_after_the_end(client, publicity):
    publicity.objections_until = now() - timedelta(seconds=1)
    visitor = client()
    assert "异议期已于" in visitor.get(address(publicity)).text
    answer = visitor.post(f"{address(publicity)}objection", data=SAID, follow_redirects=True)
    assert "异议期已结束" in answer.text
    assert db.session.scalars(select(Objection)).all() == []


def test_objections_are_limited_by_address(publicity, limited):
    path = f"{address(publicity)}objection"
    assert [limited.post(path, data=SAID).status_code for _try in range(3)] == [302, 302, 429]


@pytest.fixture
def limited(app):
    """A visitor of the same platform with limits switched on."""

    class Limited(TestConfig):
        RATELIMIT_ENABLED = True
        RATELIMIT_KEY_PREFIX = uuid4().hex  # Redis remembers an earlier run for an hour
        OBJECTION_RATE_LIMIT = "2 per hour"

    strict = create_app(Limited)
    strict.test_client_class = Browser
    yield strict.test_client()
    limiter.enabled = False
    with strict.app_context():
        db.session.remove()
        db.engine.dispose()


def test_an_objection_needs_the_token_of_its_page(app, client, publicity, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert client().post(f"{address(publicity)}objection", data=SAID).status_code == 400


# ---------------------------------------------------------------- the bureau's side


def test_an_officer_writes_previews_publishes_and_takes_down(client):
    browser = client("city_officer")
    data = {"kind": "publicity", "title": "新的公示", "body": "正文<script>1</script>", "position": "0"}
    shown = browser.post("/articles/add", data=data, follow_redirects=True).text
    assert "门户目前不显示本文" in shown
    assert "&lt;script&gt;" in shown
    article = db.session.scalars(select(Article)).one()
    assert client().get(address(article)).status_code == 404
    files = {"files": [(BytesIO(b"%PDF-1.4 x"), "附件.pdf"), (BytesIO(b"%PDF-1.4 y"), "附件二.pdf")]}
    assert "附件二.pdf" in browser.post(f"/articles/files/{article.public_id}", data=files, follow_redirects=True).text
    browser.post(f"/articles/action/publish/{article.public_id}", data={"confirmed": "1"})
    assert client().get(address(article)).status_code == 200
    kept = re.search(
        rf"/articles/files/{article.public_id}/([\w-]+)", browser.get(f"/articles/show/{article.public_id}").text
    )
    browser.post(f"/articles/files/{article.public_id}/{kept.group(1)}/delete")
    browser.post(f"/articles/action/take_down/{article.public_id}", data={"confirmed": "1"})
    assert client().get(address(article)).status_code == 404
    db.session.expire_all()
    assert len(article.files) == 1


def test_a_file_that_is_not_what_its_name_says_changes_nothing(client, publicity):
    browser = client("city_officer")
    files = {"files": [(BytesIO(b"%PDF-1.4 x"), "好.pdf"), (BytesIO(b"MZ..."), "坏.pdf")]}
    answer = browser.post(f"/articles/files/{publicity.public_id}", data=files, follow_redirects=True)
    assert "坏.pdf" in answer.text
    db.session.expire_all()
    assert [f.name for f in publicity.files] == ["名单.pdf"]


def test_another_bureau_neither_sees_nor_changes(client, publicity):
    for username in ("county_officer", "province_officer", "gz_city_officer"):
        browser = client(username)
        assert publicity.title not in browser.get("/articles/").text
        for path in ("show", "edit", "delete"):
            assert browser.get(f"/articles/{path}/{publicity.public_id}").status_code == 404
        assert browser.post(f"/articles/files/{publicity.public_id}").status_code == 404
    assert client("enterprise_admin").get("/articles/").status_code == 403


def test_an_officer_answers_and_closes_an_objection(client, publicity):
    client().post(f"{address(publicity)}objection", data=SAID)
    raised = db.session.scalars(select(Objection)).one()
    browser, path = client("city_officer"), f"/objections/show/{raised.public_id}"
    assert "王五" in browser.get("/objections/").text
    assert client("county_officer").get(path).status_code == 404
    assert browser.post(f"/objections/answer/{raised.public_id}", data={"answer": " "}).status_code == 422
    answered = browser.post(
        f"/objections/answer/{raised.public_id}", data={"answer": "经核实，已更正。"}, follow_redirects=True
    )
    assert "经核实，已更正。" in answered.text
    browser.post(f"/objections/close/{raised.public_id}")
    db.session.refresh(raised)
    assert raised.state is ObjectionState.CLOSED
    again = browser.post(f"/objections/answer/{raised.public_id}", data={"answer": "另一个"}, follow_redirects=True)
    assert "已被他人办理" in again.text


# ---------------------------------------------------------------- home and sections


@pytest.fixture
def write(person):
    """Return a function that publishes an article of the province, an hour ago unless told otherwise."""
    officer, at = person("province_officer"), now()

    def publish(kind, title, **more):
        typed = {"kind": kind, "title": title, "body": "正文", "published_at": at - timedelta(hours=1)} | more
        article = articles.write_article(typed, by=officer, at=at)
        db.session.commit()
        return article

    return publish


@pytest.fixture
def notice(write, person):
    """A notice that covers the open call of the demo site."""
    found, officer = write(ArticleKind.NOTICE, "关于组织申报的通知", short_title="申报来了"), person("province_officer")
    articles.cover(found, open_call(), by=officer, at=now())
    db.session.commit()
    return found


def open_call() -> Call:
    return db.session.scalars(select(Call).where(Call.opens_at <= now(), Call.closes_at > now())).first()


def test_the_home_page_shows_what_is_open_and_what_is_new(client, write, notice, statements):
    for number in range(12):
        write(ArticleKind.POLICY, f"政策{number:02d}", published_at=now() - timedelta(days=number + 1))
    write(ArticleKind.LINK, "监测系统", url="https://example.com/x", body="")
    write(ArticleKind.POLICY, "还没到时间的政策", published_at=now() + timedelta(days=1))
    statements.clear()
    page = client().get("/").text
    assert len(statements) <= 8
    assert "申报来了" in page
    assert f"/notices/calls/{open_call().id}/" not in page  # the notice stands for its call
    assert "政策09" in page
    assert "政策10" not in page
    assert "还没到时间" not in page
    assert 'href="https://example.com/x"' in page
    assert "企业用户登录" in page


def test_an_open_call_without_a_notice_is_on_the_home_page_too(client):
    call = open_call()
    page = client().get("/").text
    assert f"/notices/calls/{call.id}/" in page
    assert "各市申报时间" in client().get(f"/notices/calls/{call.id}/").text
    assert client().get("/notices/calls/999999/").status_code == 404
    assert "我要申报" in client().get(f"/notices/calls/{call.id}/").text
    assert "我要申报" not in client("city_officer").get(f"/notices/calls/{call.id}/").text


def test_who_is_logged_in_starts_at_work_and_still_reads_the_portal(client, notice):
    browser = client("enterprise_admin")
    assert browser.get("/").headers["Location"].endswith("/workbench/")
    page = browser.get("/portal/").text
    assert "申报来了" in page
    assert "企业用户登录" not in page
    assert 'href="/"' in client("city_officer").get("/portal/").text


def test_the_entry_to_the_workbench_asks_visitors_to_log_in(client):
    assert 'href="/workbench/"' in client().get("/").text
    assert "/login/" in client().get("/workbench/").headers["Location"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", True), ("state=coming", False), ("state=over", False), ("state=odd", True),
        ("nature=认定类", True), ("nature=扶持类", False), ("area=装备工业", True),
        ("area=纺织", False), ("q=组织", True), ("q=别的", False),
        ("state=open&area=装备工业&q=组织&nature=认定类", True),
    ],
)  # fmt: skip
def test_notices_are_narrowed(client, notice, query, found):
    assert (notice.title in client().get(f"/notices/?{query}").text) is found


def test_a_notice_without_calls_has_no_state(client, write):
    plain = write(ArticleKind.NOTICE, "没有方向的通知")
    for state in ("open", "coming", "over"):
        assert plain.title not in client().get(f"/notices/?state={state}").text
    assert plain.title in client().get("/notices/").text


def test_a_notice_shows_who_issued_it_and_its_calls(client, notice, statements):
    statements.clear()
    page = client().get(f"/notices/{notice.public_id}/").text
    assert len(statements) <= 8
    for word in (notice.bureau.name, "发布时间", open_call().name, "申报中", "关闭"):
        assert word in page


@pytest.mark.parametrize(
    ("kind", "path"),
    [(ArticleKind.POLICY, "policies"), (ArticleKind.GUIDE, "service-guides"), (ArticleKind.FAQ, "faq")],
)
def test_sections_list_search_and_show(client, write, person, kind, path):
    article = write(kind, "怎样填写申报书")
    articles.attach(article, BytesIO(b"%PDF-1.4 g"), "手册.pdf", by=person("province_officer"), at=now())
    db.session.commit()
    visitor = client()
    assert article.title in visitor.get(f"/{path}/?q=填写").text
    assert article.title not in visitor.get(f"/{path}/?q=没有").text
    assert "手册.pdf" in visitor.get(f"/{path}/{article.public_id}/").text
    kept = article.files[0].public_id
    assert visitor.get(f"/{path}/{article.public_id}/files/{kept}").data == b"%PDF-1.4 g"
    assert visitor.get(f"/publicity/{article.public_id}/").status_code == 404


def test_questions_and_links_stand_as_they_are_arranged(client, write):
    for position, title in ((2, "后面的"), (1, "前面的")):
        write(ArticleKind.FAQ, title, position=position)
        write(ArticleKind.LINK, title, position=position, url="https://example.com/", body="")
    for path in ("/faq/", "/links/"):
        page = client().get(path).text
        assert page.index("前面的") < page.index("后面的")


def test_an_officer_says_which_calls_a_notice_covers(client, write):
    notice, call = write(ArticleKind.NOTICE, "一个通知"), open_call()
    browser, path = client("province_officer"), f"/articles/calls/{notice.public_id}"
    assert "请先选择" in browser.post(path, data={"call_id": "x"}, follow_redirects=True).text
    assert browser.post(path, data={"call_id": "99999"}).status_code == 404
    assert "已添加申报方向" in browser.post(path, data={"call_id": call.id}, follow_redirects=True).text
    assert call.name in client().get(f"/notices/{notice.public_id}/").text
    assert "已移除申报方向" in browser.post(f"{path}/{call.id}/delete", follow_redirects=True).text
    assert call.name not in client().get(f"/notices/{notice.public_id}/").text
    assert browser.post(f"{path}/{call.id}/delete").status_code == 404
    assert client("city_officer").post(path, data={"call_id": call.id}).status_code == 404


# ---------------------------------------------------------------- search


def test_the_search_marks_what_it_found_and_escapes_everything_else(client, write):
    write(ArticleKind.POLICY, "低碳<b>工厂", body=f"{'前文。' * 60}关于低碳的规定")
    page = client().get("/search/?q=低碳").text
    assert "<mark>低碳</mark>&lt;b&gt;工厂" in page
    assert "关于<mark>低碳</mark>的规定" in page
    assert "前文。" * 30 not in page
    assert "没有找到相关内容" in client().get("/search/?q=低碳&kind=faq").text
    assert "请输入要查找的内容" in client().get("/search/").text
    assert "<script>" not in client().get("/search/?q=<script>alert(1)</script>").text


def test_policies_are_recommended_to_enterprise_people_only(client, write, person):
    policy, boss = write(ArticleKind.POLICY, "量子产业政策"), person("enterprise_admin")
    administrator = person("province_admin")
    label = labels.add_label(boss.site, "量子产业", by=administrator, at=now())
    labels.hang(label, boss.memberships[0].enterprise, by=administrator, at=now())
    db.session.commit()
    page = client("enterprise_admin").get("/policies/").text
    assert "为您推荐" in page
    assert page.count(f"/policies/{policy.public_id}/") == 2
    for other in (None, "city_officer", "gz_enterprise_admin"):
        assert "为您推荐" not in client(*filter(None, [other])).get("/policies/").text
