"""The portal with ten thousand articles: few statements, small pages, and what answers best on top."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.clock import now
from app.extensions import db
from app.models import Article, ArticleKind, Call, SearchEntry, article_call
from app.services import articles
from app.services.portal import PATHS
from app.services.search_words import words_of

EACH = 2000  # of five kinds
FEW = 8  # statements a page stays under
LONGEST = 1.5  # seconds for a page, on a busy machine too
SECTIONS = [f"{path}/" for path in PATHS.values()]
BODY = "关于低碳工厂建设的正文。" * 20


@pytest.fixture
def crowded(person):
    """Articles of every section with what the search knows of them, written straight into their tables."""
    officer, at = person("province_officer"), now()
    bureau = officer.department.parent
    calls = db.session.scalars(select(Call.id)).all()
    rows = list(_articles(officer.site_id, bureau.id, at))
    db.session.execute(insert(Article), rows)
    found = db.session.execute(select(Article.id, Article.kind, Article.title, Article.public_id)).all()
    covers = [
        {"article_id": row.id, "call_id": calls[row.id % len(calls)]} for row in found if row.kind is ArticleKind.NOTICE
    ]
    db.session.execute(insert(article_call), covers)
    in_text = words_of(BODY)
    db.session.execute(insert(SearchEntry), [_entry(row, officer.site_id, in_text, at) for row in found])
    db.session.commit()
    return officer


def _articles(site_id, bureau_id, at):
    for kind in PATHS:
        for number in range(EACH):
            yield {
                "site_id": site_id, "kind": kind, "title": f"{kind.label}第{number}号文件", "body": BODY,
                "bureau_id": bureau_id, "published_at": at - timedelta(minutes=number), "position": number,
            }  # fmt: skip


def _entry(row, site_id, in_text, at):
    in_title = words_of(row.title)
    return {
        "site_id": site_id, "kind": row.kind.value, "target_id": row.id, "title": row.title, "excerpt": BODY,
        "url": f"{PATHS[row.kind]}/{row.public_id}/", "title_tokens": " ".join(sorted(in_title)),
        "tokens": " ".join(sorted(in_title | in_text)), "shown_from": at - timedelta(minutes=row.id),
    }  # fmt: skip


def write(officer, title, body):
    at = now()
    typed = {"kind": ArticleKind.POLICY, "title": title, "body": body, "published_at": at - timedelta(days=400)}
    articles.write_article(typed, by=officer, at=at)
    db.session.commit()


def look(browser, path, statements):
    statements.clear()
    begun = time.perf_counter()
    answer = browser.get(path)
    return answer, len(statements), time.perf_counter() - begun


def test_home_sections_and_search_stay_few_statements_small_and_quick(client, crowded, statements):
    pages = [
        "/", "/portal/", *SECTIONS, *(f"{path}?q=文件&page=30" for path in SECTIONS),
        *(f"/notices/?state={state}&area=装备工业&nature=认定类" for state in ("coming", "open", "over")),
        "/search/?q=低", "/search/?q=低碳", "/search/?q=低碳工厂&page=90", "/search/?q=没有的词",
        "/search/?q=文&kind=faq",
    ]  # fmt: skip
    client().get("/")  # reads templates
    slow = []
    for username in (None, "enterprise_admin"):
        browser = client(username)
        for path in pages[1 if username else 0 :]:
            answer, count, seconds = look(browser, path, statements)
            assert answer.status_code == 200, path
            assert len(answer.data) < 150_000, path
            if count >= FEW or seconds > LONGEST:
                slow.append((username, path, count, round(seconds, 2), list(statements)))
    assert not slow


def test_of_ten_thousand_the_title_that_answers_comes_first(client, crowded):
    write(crowded, "双碳氢能源行动方案", "正文")
    write(crowded, "别的方案", "正文里提到双碳和氢能源")
    for question in ("碳", "氢能", "氢 能源", "双碳"):
        page = client().get(f"/search/?q={question}").text
        first = page[page.index("found-list") :].partition("</li>")[0]
        assert "行动方案" in first, question
    assert "别的方案" in client().get("/search/?q=氢能").text
