"""What the site search finds, in which order, and that it stays in step."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.models import ArticleKind, Call, SearchEntry, Site
from app.services import articles, labels, programmes, site_search
from app.services.search_words import LONGEST_WORD, MOST_WORDS, wanted_words, words_of


@pytest.fixture
def site(app):
    return db.session.scalars(select(Site)).first()


@pytest.fixture
def officer(person):
    return person("province_officer")


@pytest.fixture
def write(officer):
    """Return a function that publishes an article, a day ago unless told otherwise."""

    def publish(title, body="正文", kind=ArticleKind.POLICY, **more):
        at = now()
        typed = {"kind": kind, "title": title, "body": body, "published_at": at - timedelta(days=1)} | more
        return articles.write_article(typed, by=officer, at=at)

    return publish


@pytest.fixture
def found(site):
    """Return a function: question → titles, the best first."""

    def titles(question, at=None, **more):
        return [e.title for e in site_search.find(question, site.id, at or now(), **more).entries]

    return titles


def test_words_are_characters_pairs_and_latin_words():
    assert words_of("ＡＢ政策file_2024") == {"ab", "政", "策", "政策", "file", "2024"}
    assert wanted_words("政") == ["政"]
    assert wanted_words("政策 文件") == ["政策", "文件"]
    assert wanted_words("%_'\"\\ !") == []
    assert max(map(len, words_of("x" * 500))) == LONGEST_WORD
    assert len(words_of("".join(map(chr, range(0x4E00, 0x9FA5))))) < 3 * MOST_WORDS


@pytest.mark.parametrize(
    "question", ["碳", "低碳", "低碳工厂", "工厂 低碳", "ＥＲＰ", "erp", "2031", "省工业和信息化厅 低碳"]
)
def test_one_and_two_characters_and_latin_words_are_found(write, found, question):
    write("低碳工厂管理办法", "使用ERP系统，至2031年。")
    assert found(question) == ["低碳工厂管理办法"]


@pytest.mark.parametrize(
    "question", ["碳低", "', '", '"', "'", "*", "碳*", "低碳 OR 高碳 -", "NOT", "低碳\\", "a:b", "(((", ""]
)
def test_signs_of_the_databases_own_language_are_only_signs(write, found, question):
    write("低碳工厂", "正文")
    assert found(question) in ([], ["低碳工厂"])


def test_titles_come_before_texts_and_newer_before_older(write, found):
    write("别的", "谈到了低碳", published_at=now() - timedelta(hours=1))
    write("低碳旧", published_at=now() - timedelta(days=9))
    write("低碳新", published_at=now() - timedelta(days=8))
    assert found("低碳") == ["低碳新", "低碳旧", "别的"]


def test_the_search_shows_what_is_public_at_that_moment(write, found, officer):
    at = now()
    article = write("低碳", published_at=None)
    assert found("低碳") == []
    articles.publish(article, by=officer, at=at)
    assert found("低碳", at) == ["低碳"]
    articles.take_down(article, by=officer, at=at + timedelta(hours=1))
    assert found("低碳", at + timedelta(minutes=59)) == ["低碳"]
    assert found("低碳", at + timedelta(hours=1)) == []


def test_changes_files_and_removal_are_followed(write, found, officer):
    article = write("低碳", published_at=None)
    changed = {"title": "高炉", "body": "钢铁", "kind": ArticleKind.GUIDE, "published_at": now()}
    articles.change_article(article, changed, by=officer, at=now())
    assert (found("低碳"), found("钢铁", kind="guide"), found("钢铁", kind="policy")) == ([], ["高炉"], [])
    kept = articles.attach(article, BytesIO(b"%PDF-1.4 x"), "炼焦表.pdf", by=officer, at=now())
    assert found("炼焦") == ["高炉"]
    articles.detach(article, kept.public_id, by=officer, at=now())
    assert found("炼焦") == []
    draft = write("待删", published_at=None)
    articles.remove_article(draft, by=officer, at=now())
    assert db.session.scalars(select(SearchEntry).where(SearchEntry.title == "待删")).all() == []


def test_an_article_that_becomes_a_link_is_searched_no_longer(write, found, officer):
    article = write("低碳")
    articles.change_article(article, {"kind": ArticleKind.LINK, "url": "https://example.com/"}, by=officer, at=now())
    assert found("低碳") == []


def test_calls_are_found_by_their_programme_and_follow_it(found, person):
    call = db.session.scalars(select(Call)).first()
    assert f"{call.programme.name} {call.name}" in found("生态", kind="call")
    programmes.change_programme(call.programme, name="量子计划", by=person("province_admin"), at=now())
    assert found("量子") == [f"量子计划 {call.name}"]


def test_everything_can_be_described_anew(write, found):
    write("低碳")
    db.session.execute(db.delete(SearchEntry))
    assert found("低碳") == []
    assert site_search.rebuild(now()) >= 2
    assert found("低碳") == ["低碳"]
    assert found("生态", kind="call")


def test_another_site_is_not_searched(write, site):
    write("低碳")
    assert site_search.find("低碳", site.id + 1, now()).entries == []


def test_pages_follow_each_other(write, site):
    for number in range(21):
        write(f"低碳{number}")
    first = site_search.find("低碳", site.id, now())
    second = site_search.find("低碳", site.id, now(), page=2)
    assert (len(first.entries), first.has_next, len(second.entries), second.has_next) == (20, True, 1, False)


def test_policies_are_recommended_by_the_labels_of_the_enterprise(write, site, person):
    boss, administrator, at = person("enterprise_admin"), person("province_admin"), now()
    write("量子产业政策")
    write("别的政策", "也谈量子产业")
    write("量子产业公示", kind=ArticleKind.PUBLICITY)
    write("无关政策")
    assert site_search.recommended_policies(boss, at) == []
    label = labels.add_label(site, "量子产业", by=administrator, at=at)
    labels.hang(label, boss.memberships[0].enterprise, by=administrator, at=at)
    assert [e.title for e in site_search.recommended_policies(boss, at)] == ["量子产业政策", "别的政策"]
    assert site_search.recommended_policies(person("gz_enterprise_admin"), at) == []
