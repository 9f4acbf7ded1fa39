"""The English interface is whole: every sentence has its English, and a page in English keeps Chinese for data only.

What the framework says in Chinese is looked at in views/test_framework_words.py.
"""

import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
KEPT_IN_CHINESE = {
    "草稿",  # the watermark of a preview, as it stands on the paper
    *("是", "否", "上班", "放假"),  # what is typed into workbooks, which are Chinese
    *("上级单位", "推荐项目清单", "验证码"),  # placeholders of letters and messages
}
SPOKEN = {"nav", "button", "th", "summary", "title"}
PAGES = [
    ("enterprise_admin", ["/workbench/", "/declare/", "/my-projects/", "/my-documents/", "/enterprise/"]),
    ("county_officer", ["/desk/", "/review/", "/projects/", "/enterprises/"]),
    ("city_officer", ["/guides-admin/"]),
    ("city_admin", ["/departments/", "/departments/add", "/people/", "/people/add", "/responsible-offices/"]),
    ("province_admin", ["/programmes/", "/programmes/add", "/calls-admin/", "/calls-admin/add", "/types/"]),
    ("platform_operator", ["/ops/", "/ops/jobs/", "/ops/audit/", "/ops/logins/"]),
]


@pytest.fixture(scope="module")
def tool():
    """tools/check_translations.py as a module."""
    spec = importlib.util.spec_from_file_location("check_translations", ROOT / "tools" / "check_translations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Frame(HTMLParser):
    """Collects what the platform itself says on a page: menu, buttons, column heads; not names and not data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # what is open here, and whether its text is the platform's
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("input", "img", "link", "meta", "br", "hr", "col", "i"):
            return
        kind = given.get("class") or ""
        data = "visually-hidden" in kind or kind == "menu" or "tree" in kind.split() or given.get("scope") == "rowgroup"
        within = self.open[-1][1] if self.open else False
        self.open.append((tag, not data and (within or tag in SPOKEN)))

    def handle_endtag(self, tag):
        while self.open and any(name == tag for name, _ in self.open):
            if self.open.pop()[0] == tag:
                return

    def handle_data(self, text):
        inside_person = any(name == "details" for name, _ in self.open)
        if self.open and self.open[-1][1] and text.strip() and not inside_person:
            self.words.append(text.strip())


def in_english(browser):
    assert browser.get("/language/en").status_code == 302
    return browser


def test_every_sentence_of_the_code_has_an_english_text_with_the_same_placeholders(tool):
    found = tool.sentences()
    assert len(found) > 900  # the search itself works: Python and templates
    assert {Path(place.rsplit(":")[0]).suffix for place in found.values()} == {".py", ".html"}
    assert tool.problems(found, tool.read_english()) == []


@pytest.mark.parametrize(
    ("english", "complaint"),
    [
        (None, "no English"),
        ("", "no English"),
        ("Closed", "other placeholders"),
        ("%(count)s left", "other placeholders"),
    ],
)
def test_the_check_names_what_is_missing_and_what_differs(tool, english, complaint):
    catalog = Catalog(locale="en")
    if english is not None:
        catalog.add("已截止 %(time)s", english)
    wrong = tool.problems({"已截止 %(time)s": "app/views/x.py:1"}, catalog)
    assert len(wrong) == 1
    assert complaint in wrong[0]
    assert "app/views/x.py:1" in wrong[0]


def test_the_check_names_what_is_no_longer_used(tool):
    catalog = Catalog(locale="en")
    catalog.add("旧句子", "Old sentence")
    assert ["no longer used" in line for line in tool.problems({}, catalog)] == [True]


def test_english_texts_are_english(tool):
    left = {m.id: m.string for m in tool.read_english() if m.id and CHINESE.search(str(m.string))}
    assert {word for text in left.values() for word in re.findall(r"[\u4e00-\u9fff]+", text)} <= KEPT_IN_CHINESE


@pytest.mark.parametrize(("username", "addresses"), PAGES, ids=[name for name, _ in PAGES])
def test_a_page_in_english_says_nothing_in_chinese_itself(client, username, addresses):
    browser = in_english(client(username))
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        page = re.sub(r"<title>.*?</title>", "", answer.text)  # ends with the name of the site
        words = Frame(page).words
        assert words, address
        assert [w for w in words if CHINESE.search(w)] == [], address


def test_the_same_page_in_chinese_is_chinese(client):
    """The reading above finds the words of a page: in Chinese it finds Chinese."""
    words = Frame(client("county_officer").get("/review/").text).words
    assert "申报管理" in words
    assert "查询" in words


def test_actions_of_a_step_are_in_the_platforms_words_in_english_and_in_the_types_in_chinese(client, quick):
    address = f"/review/declaration/{quick('fourth').public_id}"

    def buttons(page: str) -> list[str]:
        decisions = re.search(r'<div class="buttons decisions">(.*?)</div>', page, re.DOTALL)[1]
        return re.findall(r">([^<>]+)</button>", decisions)

    assert buttons(in_english(client("province_officer")).get(address).text) == ["Recommend", "Decline"]
    assert buttons(client("province_officer").get(address).text) == ["通过", "不通过"]


def test_a_noun_in_a_heading_begins_small_in_english_only(client):
    assert "Add department" in in_english(client("city_admin")).get("/departments/add").text
    assert "新增部门" in client("city_admin").get("/departments/add").text


def test_a_refusal_is_in_the_language_of_the_person(client):
    answer = in_english(client("county_officer")).get("/review/declaration/not-there")
    assert answer.status_code == 404
    assert "<h1>This page or record was not found</h1>" in answer.text
