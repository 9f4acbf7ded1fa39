"""What bureaus write for the portal, and what people hold against it."""

from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
from sqlalchemy import select

from app.clock import now
from app.errors import AlreadyActed, BadFile, DeadlinePassed, Forbidden, Invalid, NotFound
from app.extensions import db
from app.models import ArticleKind, Message, ObjectionState, Outbox
from app.services import articles, objections, portal
from app.services.rich_text import SCHEMES, TAGS, to_html

TEXT = {"kind": ArticleKind.PUBLICITY, "title": "关于拟认定名单的公示", "body": "名单如下：\n\n1. 甲公司"}
SAID = {
    "name": "王五",
    "phone": "13900000001",
    "email": "wang@example.com",
    "text": "名单第一项的企业名称有误，请核实更正。",
}


@pytest.fixture
def officer(person):
    return person("city_officer")


@pytest.fixture
def publicity(officer):
    """A publicity that takes objections for a week."""
    at = now()
    return articles.write_article(
        TEXT | {"published_at": at - timedelta(days=1), "objections_until": at + timedelta(days=7)}, by=officer, at=at
    )


def read(article, at):
    return portal.read_article(article.kind, article.public_id, article.site_id, at)


# ---------------------------------------------------------------- articles


def test_a_draft_is_nobodys_until_it_is_published_and_again_once_it_is_taken_down(officer):
    at = now()
    article = articles.write_article(TEXT, by=officer, at=at)
    with pytest.raises(NotFound):
        read(article, at)
    articles.publish(article, by=officer, at=at)
    db.session.flush()
    assert read(article, at) is article
    articles.take_down(article, by=officer, at=at + timedelta(minutes=1))
    db.session.flush()
    with pytest.raises(NotFound):
        read(article, at + timedelta(minutes=1))


def test_an_article_appears_and_disappears_by_itself(officer):
    at = now()
    times = {"published_at": at + timedelta(hours=1), "withdrawn_at": at + timedelta(hours=2)}
    article = articles.write_article(TEXT | times, by=officer, at=at)
    for minutes, is_there in ((0, False), (60, True), (119, True), (120, False)):
        found = portal.list_articles(article.kind, article.site_id, at + timedelta(minutes=minutes)).articles
        assert (article in found) is is_there


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": " "}, "body"),
        ({"body": "长" * 50_001}, "body"),
        ({"kind": ArticleKind.LINK, "url": "javascript:alert(1)"}, "url"),
        ({"kind": ArticleKind.LINK, "url": None}, "url"),
        (
            {"kind": ArticleKind.POLICY, "published_at": now(), "objections_until": now() + timedelta(1)},
            "objections_until",
        ),
        ({"withdrawn_at": now()}, "withdrawn_at"),
        ({"published_at": now(), "objections_until": now() - timedelta(1)}, "objections_until"),
    ],
)
def test_what_cannot_be_published_is_refused_at_its_field(officer, changes, field):
    with pytest.raises(Invalid) as refusal:
        articles.write_article(TEXT | changes, by=officer, at=now())
    assert list(refusal.value.details["fields"]) == [field]


def test_a_draft_keeps_the_end_of_its_objections_until_it_is_published(officer):
    at = now()
    draft = articles.write_article(TEXT | {"objections_until": at + timedelta(days=7)}, by=officer, at=at)
    with pytest.raises(Invalid, match="异议截止时间"):
        articles.publish(draft, by=officer, at=at + timedelta(days=8))
    articles.publish(draft, by=officer, at=at)
    assert articles.takes_objections(draft, at)


def test_only_the_own_bureau_changes_an_article(publicity, person):
    for stranger in ("county_officer", "province_officer", "gz_city_officer"):
        with pytest.raises(Forbidden):
            articles.take_down(publicity, by=person(stranger), at=now())


def test_what_was_public_is_not_deleted(publicity, officer):
    with pytest.raises(Invalid, match="撤下"):
        articles.remove_article(publicity, by=officer, at=now())
    draft = articles.write_article(TEXT, by=officer, at=now())
    articles.remove_article(draft, by=officer, at=now())
    assert draft not in db.session


def test_files_are_judged_by_content(publicity, officer):
    with pytest.raises(BadFile):
        articles.attach(publicity, BytesIO(b"no pdf at all"), "名单.pdf", by=officer, at=now())
    kept = articles.attach(publicity, BytesIO(b"%PDF-1.4 x"), "../名单.pdf", by=officer, at=now())
    assert kept.name == "名单.pdf"
    assert articles.find_file(publicity, kept.public_id) is kept
    assert articles.detach(publicity, kept.public_id, by=officer, at=now()) == "名单.pdf"
    with pytest.raises(NotFound):
        articles.find_file(publicity, kept.public_id)


def test_search_takes_signs_literally(publicity, officer):
    def titles(text):
        found = portal.list_articles(ArticleKind.PUBLICITY, publicity.site_id, now(), text=text).articles
        return [a.title for a in found]

    assert titles("名单") == [TEXT["title"]]
    assert titles("%") == titles("_") == titles("没有这个") == []


# ---------------------------------------------------------------- formatted text


class Elements(HTMLParser):
    """Collects what a browser would make of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://evil/x.png)",
        "<a href='javascript:x' onclick='y'>z</a>", "[x](data:text/html;base64,PHN2Zz4=)", "<svg/onload=alert(1)>",
        '[x](http://a "t\\" onmouseover=alert(1)")',
    ],
)  # fmt: skip
def test_no_text_becomes_a_programme(text):
    found = Elements()
    found.feed(to_html(text))
    for name, attributes in found.seen:
        assert name in TAGS
        assert set(attributes) <= {"href", "title", "rel"}
        assert attributes.get("href", "http:").split(":")[0] in SCHEMES


def test_markdown_reads_as_paragraphs_lists_and_tables():
    html = to_html("# 名单\n\n第一行\n第二行\n\n- 甲\n- 乙\n\n| 序号 | 企业 |\n| --- | --- |\n| 1 | 甲 |")
    assert "<h2>名单</h2>" in html
    assert "第一行<br>\n第二行" in html
    assert "<li>甲</li>" in html
    assert "<td>甲</td>" in html


# ---------------------------------------------------------------- objections


def test_an_objection_is_received_answered_and_closed_with_everybody_told(publicity, officer):
    at = now()
    raised = objections.object_to(publicity, SAID, by=None, at=at)
    to_officer = db.session.scalars(select(Message).where(Message.account_id == officer.id)).one()
    assert to_officer.kind == "objection_received"
    assert to_officer.link == f"/objections/show/{raised.public_id}"
    objections.answer(raised, "经核实，已更正。", by=officer, at=at)
    objections.close(raised, by=officer, at=at)
    assert (raised.state, raised.answered_by, raised.closed_by) == (ObjectionState.CLOSED, officer, officer)
    query = select(Outbox.kind, Outbox.address).where(Outbox.account_id.is_(None))
    assert set(db.session.execute(query).all()) == {
        (kind, address)
        for kind in ("objection_answered", "objection_closed")
        for address in ("wang@example.com", "13900000001")
    }


def test_somebody_who_was_logged_in_reads_the_answer_in_the_inbox(publicity, officer, person):
    boss = person("enterprise_admin")
    raised = objections.object_to(publicity, SAID, by=boss, at=now())
    objections.answer(raised, "经核实，名单无误。", by=officer, at=now())
    message = db.session.scalars(select(Message).where(Message.account_id == boss.id)).one()
    assert "经核实，名单无误。" in message.body
    assert message.link == f"/publicity/{publicity.public_id}/"


def test_nobody_objects_too_late_or_to_what_is_not_shown(publicity, officer):
    with pytest.raises(DeadlinePassed):
        objections.object_to(publicity, SAID, by=None, at=publicity.objections_until + timedelta(seconds=1))
    articles.take_down(publicity, by=officer, at=now())
    with pytest.raises(DeadlinePassed):
        objections.object_to(publicity, SAID, by=None, at=now())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"name": "名" * 65}, "name"), ({"phone": "123"}, "phone"), ({"phone": ""}, "phone"),
        ({"email": "a@b@c"}, "email"), ({"email": "x@y.cn\nBcc: z@z.z"}, "email"), ({"text": "不对"}, "text"),
        ({"text": "长" * 2001}, "text"), ({"unit": "长" * 121}, "unit"),
    ],
)  # fmt: skip
def test_a_bad_objection_is_refused_at_its_field(publicity, changes, field):
    with pytest.raises(Invalid) as refusal:
        objections.object_to(publicity, SAID | changes, by=None, at=now())
    assert list(refusal.value.details["fields"]) == [field]


def test_two_officers_do_not_both_answer(publicity, officer):
    raised = objections.object_to(publicity, SAID, by=None, at=now())
    with pytest.raises(Invalid):
        objections.close(raised, by=officer, at=now())
    objections.answer(raised, "经核实，已更正。", by=officer, at=now())
    with pytest.raises(AlreadyActed):
        objections.answer(raised, "另一个答复。", by=officer, at=now())
    objections.close(raised, by=officer, at=now())
    with pytest.raises(AlreadyActed):
        objections.close(raised, by=officer, at=now())


def test_another_bureau_does_not_answer(publicity, person):
    raised = objections.object_to(publicity, SAID, by=None, at=now())
    with pytest.raises(Forbidden):
        objections.answer(raised, "经核实，已更正。", by=person("county_officer"), at=now())
