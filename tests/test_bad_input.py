"""Bad input through HTTP: every wrong thing gets its sentence at its place, and nothing that was typed is lost.

Fields are found in the shipped definition by their kind, so that another form would do as well.
"""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from lxml import html
from sqlalchemy import func, select, update

from app import clock
from app.demo.journeys import find_person
from app.demo.papers import make_paper
from app.extensions import db
from app.forms.definition import Field, TypeDefinition
from app.models import (
    Attachment,
    Declaration,
    DeclarationSection,
    DeclarationState,
    Enterprise,
    Region,
    ReviewAction,
    ReviewRecord,
    Submission,
)
from app.services.declarations import answers_of, closing_time
from app.services.types import definition_of
from tests.services.test_a_thousand_at_once import FIRST_COPY, FOREIGN, MANY, STALE, thousand  # noqa: F401 - a fixture

SCRIPT = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
MEGABYTE = 1024 * 1024


# ---------------------------------------------------------------- a draft in two hands: with the script and without


class Form:
    """One section of a draft, sent as the page sends it."""

    def __init__(self, browser, declaration: Declaration, section: str) -> None:
        self.browser = browser
        self.declaration_id = declaration.id
        self.section = section
        self.address = f"/declarations/{declaration.public_id}/{section}"

    @property
    def stored(self) -> DeclarationSection:
        """The stored row as it is now."""
        db.session.expire_all()
        query = select(DeclarationSection).where(
            DeclarationSection.declaration_id == self.declaration_id, DeclarationSection.key == self.section
        )
        return db.session.scalars(query).one()

    def post(self, answers: dict, revision: int | None = None):
        """Press 保存 without a script."""
        seen = self.stored.revision if revision is None else revision
        return self.browser.post(self.address, data={"_revision": str(seen), "_go": "save", **answers})

    def put(self, answers: dict, revision: int | None = None):
        """Save as one types."""
        seen = self.stored.revision if revision is None else revision
        return self.browser.put(self.address, json=answers, headers={"If-Match": f'"{seen}"', **SCRIPT})

    def page(self):
        """The section with everything that is open, as a tree."""
        return html.fromstring(self.browser.get(f"{self.address}?check=1").text)


def sentence(page, path: str) -> str:
    """Return what stands at the place of a field's errors."""
    return page.xpath(f"//*[@data-error-for='{path}']")[0].text_content()


def typed(page, name: str) -> str:
    """Return what stands in an input."""
    (element,) = page.xpath(f"//*[@name='{name}' and not(@type='hidden')]")
    return element.get("value") if element.tag == "input" else element.text.strip("\n")


def ticked(page, name: str) -> set[str]:
    """Return the ticked boxes of a field."""
    return set(page.xpath(f"//input[@name='{name}' and @checked]/@value"))


@pytest.fixture
def draft(declaration_at):
    """A completely filled draft of the shipped form."""
    return declaration_at("filled")


@pytest.fixture
def definition(draft):
    """The definition of that form."""
    return definition_of(draft.version)


@pytest.fixture
def applicant(client):
    """The enterprise administrator's browser."""
    return client("enterprise_admin")


@pytest.fixture
def form_of(applicant, draft, definition):
    """Return a function: field → the form of the section it stands in."""
    return lambda field: Form(applicant, draft, definition.section_of(field.key).key)


def field_of(definition: TypeDefinition, kind: str, **wanted) -> Field:
    """Return the first field of a kind that a person fills in."""
    return next(
        f
        for f in definition.fields
        if f.type == kind and not f.readonly and f.show is None and all(getattr(f, k) for k in wanted)
    )


# ---------------------------------------------------------------- wrong answers


CASES = [
    ("credit_code", "91441302MA00000000", "校验位不符"),
    ("credit_code", "9144130", "应为18位，现为7位"),
    ("int", "三百二十一", "请输入整数"),
    ("int", "12.5", "请输入整数"),
    ("money", "一千二百", "请输入数字"),
    ("money", "1.23456", "最多4位小数"),
    ("percent", "100.00001", "不得大于100|最多"),
    ("month", "2011-13", "请输入存在的年月"),
    ("phone", "12345", "请输入11位手机号"),
]


@pytest.mark.parametrize(("kind", "text", "message"), CASES)
def test_a_wrong_answer_is_told_at_its_field_and_kept_as_typed(definition, form_of, kind, text, message):
    field = field_of(definition, kind)
    form = form_of(field)
    others = {k: v for k, v in form.stored.answers.items() if k != field.key}

    answer = form.put({field.key: text})

    problems = {p["path"]: p["message"] for p in answer.get_json()["problems"]}
    assert answer.status_code == 200
    assert re.search(message, problems[field.key])
    page = form.page()
    assert re.search(message, sentence(page, field.key))
    assert typed(page, field.key) == text
    assert {k: v for k, v in form.stored.answers.items() if k != field.key} == others


@pytest.mark.parametrize(("kind", "text", "message"), CASES)
def test_without_a_script_it_is_told_and_kept_as_well(definition, form_of, kind, text, message):
    field = field_of(definition, kind)
    form = form_of(field)

    answer = form.post({field.key: text})

    assert answer.status_code == 302
    page = html.fromstring(form.browser.get(answer.location).text)
    assert re.search(message, sentence(page, field.key))
    assert typed(page, field.key) == text


def test_a_fifth_decimal_in_a_matrix_is_told_at_its_cell(definition, form_of):
    field = field_of(definition, "matrix")
    row = next(r for r in field.rows if r.type == "money")
    column = field.columns[0]
    form, name = form_of(field), f"{field.key}-{column.key}-{row.key}"

    form.put({name: "8620.50001"})

    page = form.page()
    assert "最多4位小数" in sentence(page, name.replace("-", "."))
    assert typed(page, name) == "8620.50001"
    neighbour = f"{field.key}-{field.columns[1].key}-{row.key}"
    assert typed(page, neighbour), "the other years stay"


def test_one_choice_too_many_says_how_many_and_keeps_every_tick(definition, form_of):
    field = field_of(definition, "choices", max_items=True)
    keys = list(field.choice_labels)[: field.max_items + 1]
    form = form_of(field)

    form.put({field.key: keys, f"{field.key}-_posted": "1"})

    page = form.page()
    assert f"最多选{field.max_items}项，现选了{field.max_items + 1}项" in sentence(page, field.key)
    assert ticked(page, field.key) == set(keys)


def test_an_invented_option_is_told(definition, form_of):
    field = field_of(definition, "choice")
    form = form_of(field)

    form.put({field.key: "no_such_option"})

    assert "请从列出的选项中选择" in sentence(form.page(), field.key)


@pytest.mark.parametrize("kind", ["text", "longtext"])
def test_a_text_over_its_limit_says_by_how_much_and_is_kept_whole(definition, form_of, kind):
    field = field_of(definition, kind, max=True)
    form, text = form_of(field), "长" * (int(field.max) + 7)

    form.put({field.key: text})

    page = form.page()
    assert "请删减7字" in sentence(page, field.key)
    assert typed(page, field.key) == text


def test_a_broken_rule_between_fields_is_told_at_the_field_to_mend(definition, form_of):
    check = next(c for c in definition.checks if "econ." not in c.target and "<=" in c.rule and c.level == "error")
    field = definition.field(check.target)
    form = form_of(field)

    form.put({field.key: "99999999"})

    assert check.message in sentence(form.page(), field.key)


def test_wrong_answers_are_never_submitted(applicant, definition, draft, form_of):
    field = field_of(definition, "int")
    form_of(field).put({field.key: "三百二十一"})

    answer = applicant.post(f"/declarations/{draft.public_id}/submit", data={"seq": "0", "confirmed": "1"})
    page = applicant.get(answer.location).text

    assert answer.location.endswith("/check")
    assert "还有 1 处需要填写或更正" in page
    assert db.session.get(Declaration, draft.id).state is DeclarationState.DRAFT


# ---------------------------------------------------------------- files


def upload(browser, declaration: Declaration, field: Field, name: str, content: bytes):
    """Send one file the way the page does."""
    address = f"/declarations/{declaration.public_id}/files/{field.key}"
    return browser.post(address, data={"file": (BytesIO(content), name)}, headers=SCRIPT)


def count_files(declaration: Declaration) -> int:
    """Return how many files the draft has."""
    db.session.rollback()
    return db.session.scalar(select(func.count(Attachment.id)).where(Attachment.declaration_id == declaration.id))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("营业执照副本.pdf", b"MZ\x90\x00" + bytes(4000), "内容不是 PDF 文件"),
        ("setup.exe", b"MZ\x90\x00" + bytes(4000), "只接受"),
        ("照片.jpg", b"%PDF-1.4\n" + bytes(400), "内容不是 JPG 文件"),
        ("空白.pdf", b"", "空文件"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_by_name(applicant, definition, draft, name, content, message):
    field = next(
        f for f in definition.file_fields if {"jpg", "pdf"} <= set(f.ext) and f.max_files > 1 and f.show is None
    )
    before = count_files(draft)

    answer = upload(applicant, draft, field, name, content)

    assert answer.status_code == 422
    (refusal,) = answer.get_json()["refusals"]
    assert message in refusal
    assert count_files(draft) == before


def test_a_file_too_large_is_refused_with_the_limit(applicant, definition, draft):
    field = min((f for f in definition.file_fields if "pdf" in f.ext and f.max_files > 1), key=lambda f: f.max_mb)
    before = count_files(draft)

    answer = upload(applicant, draft, field, "大文件.pdf", b"%PDF-1.4\n" + bytes(field.max_mb * MEGABYTE))

    assert answer.status_code == 422
    assert f"{field.max_mb} MB" in answer.get_json()["refusals"][0]
    assert count_files(draft) == before


def test_a_request_beyond_all_limits_is_refused_in_words(app, applicant, definition, draft, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)
    before = count_files(draft)

    answer = upload(applicant, draft, definition.file_fields[0], "很大.pdf", b"%PDF-1.4\n" + bytes(20_000))

    assert answer.status_code == 413
    assert "压缩" in answer.get_json()["message"]
    assert count_files(draft) == before


def test_of_several_files_the_good_ones_are_kept(applicant, definition, draft):
    field = next(f for f in definition.file_fields if f.max_files > 9 and "pdf" in f.ext)
    before = count_files(draft)
    files = [(BytesIO(b"MZ" + bytes(900)), "坏.pdf"), (BytesIO(make_paper("好.pdf", "示例")), "好.pdf")]

    address = f"/declarations/{draft.public_id}/files/{field.key}"
    answer = applicant.post(address, data={"file": files}, headers=SCRIPT)

    assert [r for r in answer.get_json()["refusals"] if "坏.pdf" in r]
    assert "好.pdf" in answer.get_json()["html"]
    assert count_files(draft) == before + 1


# ---------------------------------------------------------------- what was never asked


def test_an_answer_for_a_hidden_field_stays_out_of_the_submission(applicant, definition, draft, form_of, journey):
    hidden = next(f for f in definition.fields if f.type == "choices" and f.show is not None)
    form = form_of(hidden)
    option = next(iter(hidden.choice_labels))

    answer = form.put({hidden.key: [option], f"{hidden.key}-_posted": "1"})
    assert answer.status_code == 200
    assert hidden.key in answer.get_json()["hidden"]

    fresh = db.session.get(Declaration, draft.id)
    journey.make_document(fresh, find_person("enterprise_admin"))
    applicant.post(f"/declarations/{fresh.public_id}/submit", data={"seq": "0", "confirmed": "1"})
    submission = db.session.scalars(select(Submission).where(Submission.declaration_id == fresh.id)).one()
    assert hidden.key not in json.dumps(submission.answers)


def test_what_no_form_has_is_not_stored(definition, form_of):
    field = field_of(definition, "int")
    form = form_of(field)

    answer = form.put({"is_admin": "1", "awarded": "1000000", "state": "approved", field.key: "7"})

    assert answer.status_code == 200
    assert not {"is_admin", "awarded", "state"} & form.stored.answers.keys()


def test_a_readonly_answer_is_the_enterprises_whatever_is_sent(definition, form_of, draft):
    field = next(f for f in definition.fields if f.readonly and f.type == "text")
    form = form_of(field)
    before = form.stored.answers[field.key]

    form.put({field.key: "冒名顶替有限公司"})

    assert form.stored.answers[field.key] == before


# ---------------------------------------------------------------- forged ids


def test_the_credit_code_of_another_enterprise_is_told_and_blocks(definition, form_of):
    field = field_of(definition, "credit_code")
    other = db.session.scalars(select(Enterprise.credit_code).where(Enterprise.name.contains("木棉"))).one()
    form = form_of(field)

    form.put({field.key: other})

    assert "与本单位登记的统一社会信用代码不一致" in sentence(form.page(), field.key)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_the_draft_of_another_enterprise_does_not_exist(client, draft, definition, method):
    section, stored = definition.sections[0].key, answers_of(draft)
    address = f"/declarations/{draft.public_id}/{section}"
    more = {"GET": {}, "POST": {"data": {"_revision": "1"}}, "PUT": {"json": {}, "headers": {"If-Match": '"1"'}}}

    answer = client("gz_enterprise_admin").open(address, method=method, **more[method])

    assert answer.status_code == 404
    assert "没有找到" in answer.text or "没有找到" in answer.get_json()["message"]
    db.session.expire_all()
    assert answers_of(db.session.get(Declaration, draft.id)) == stored


def test_the_declaration_of_another_county_cannot_be_acted_on(client, quick):
    foreign = quick("first", "gz_enterprise_admin")
    seq, row_id, address = foreign.seq, foreign.id, f"/review/declaration/{foreign.public_id}"

    answer = client("county_officer").post(address, data={"do": "recommend", "seq": str(seq), "opinion": "同意"})

    assert answer.status_code == 404
    db.session.expire_all()
    assert db.session.get(Declaration, row_id).seq == seq


@pytest.mark.parametrize("forged", ["city", "nowhere", "text"])
def test_a_county_that_is_none_is_told_at_its_field_and_nothing_is_moved(applicant, person, forged):
    (enterprise_id,) = person("enterprise_admin").enterprise_ids
    before = db.session.get(Enterprise, enterprise_id).county_id
    city = db.session.scalars(select(Region.id).where(Region.name == "广州市")).one()
    page = html.fromstring(applicant.get("/enterprise/edit").text)
    form = next(f for f in page.forms if f.method == "POST" and "contact" in f.fields)
    values = dict(form.form_values()) | {"county": {"city": city, "nowhere": 10**9, "text": "惠城区"}[forged]}

    answer = applicant.post("/enterprise/edit", data=values | {"contact": "新联系人"})

    assert answer.status_code == 422
    assert "请选择企业所属市和所属县（区）" in answer.text
    assert "新联系人" in answer.text, "what was typed stays in the form"
    db.session.expire_all()
    assert db.session.get(Enterprise, enterprise_id).county_id == before


# ---------------------------------------------------------------- two tabs


def test_the_same_section_from_two_tabs_shows_the_second_both_texts(definition, form_of):
    field = field_of(definition, "text", max=True)
    form = form_of(field)
    seen = form.stored.revision
    assert form.put({field.key: "先保存的文字"}, seen).status_code == 200

    second = form.put({field.key: "后填写的文字"}, seen)

    assert second.status_code == 409
    (difference,) = second.get_json()["fields"]
    assert difference["key"] == field.key
    assert [(line["theirs"], line["mine"]) for line in difference["lines"]] == [("先保存的文字", "后填写的文字")]
    assert second.get_json()["revision"] == seen + 1
    assert form.stored.answers[field.key] == "先保存的文字"


def test_without_a_script_the_second_tab_keeps_its_text_in_the_form(definition, form_of):
    field = field_of(definition, "text", max=True)
    form = form_of(field)
    seen = form.stored.revision
    form.post({field.key: "先保存的文字"}, seen)

    second = form.post({field.key: "后填写的文字"}, seen)

    page = html.fromstring(second.text)
    assert second.status_code == 409
    assert "先保存的文字" in second.text
    assert typed(page, field.key) == "后填写的文字"
    assert form.stored.answers[field.key] == "先保存的文字"


# ---------------------------------------------------------------- too late


def test_a_submit_one_second_after_the_deadline_is_refused_and_everything_stays(applicant, draft, journey, monkeypatch):
    journey.make_document(draft, find_person("enterprise_admin"))
    closes, answers, files = closing_time(draft), answers_of(draft), count_files(draft)
    monkeypatch.setattr(clock, "now", lambda: closes + timedelta(seconds=1))

    answer = applicant.post(f"/declarations/{draft.public_id}/submit", data={"seq": "0", "confirmed": "1"})

    page = applicant.get(answer.location, follow_redirects=True).text
    assert f"申报已于 {clock.show(closes)} 截止" in page
    db.session.expire_all()
    kept = db.session.get(Declaration, draft.id)
    assert kept.state is DeclarationState.DRAFT
    assert answers_of(kept) == answers
    assert count_files(kept) == files
    assert db.session.scalar(select(func.count(Submission.id)).where(Submission.declaration_id == kept.id)) == 0


def test_a_submit_in_the_last_second_is_taken(applicant, draft, journey, monkeypatch):
    journey.make_document(draft, find_person("enterprise_admin"))
    closes = closing_time(draft)
    monkeypatch.setattr(clock, "now", lambda: closes)

    applicant.post(f"/declarations/{draft.public_id}/submit", data={"seq": "0", "confirmed": "1"})

    db.session.expire_all()
    assert db.session.get(Declaration, draft.id).state is DeclarationState.IN_REVIEW


def test_a_review_after_its_deadline_keeps_the_opinion_on_the_page(client, quick, monkeypatch):
    waiting = quick("first")
    seq, row_id, due, address = waiting.seq, waiting.id, waiting.due_at, f"/review/declaration/{waiting.public_id}"
    monkeypatch.setattr(clock, "now", lambda: due + timedelta(seconds=1))

    answer = client("county_officer").post(
        address, data={"do": "recommend", "seq": str(seq), "opinion": "写了一半的意见"}
    )

    assert answer.status_code == 422
    assert f"已于 {clock.show(due)} 截止" in answer.text
    assert "写了一半的意见" in answer.text
    db.session.expire_all()
    assert db.session.get(Declaration, row_id).seq == seq


def test_a_review_that_lost_the_race_says_so_and_keeps_the_opinion(client, quick):
    waiting = quick("first")
    seq, address = waiting.seq, f"/review/declaration/{waiting.public_id}"
    officer = client("county_officer")
    officer.post(address, data={"do": "recommend", "seq": str(seq), "opinion": "先办理的"})

    answer = officer.post(address, data={"do": "decline", "seq": str(seq), "opinion": "后办理的意见"})

    assert answer.status_code == 409
    assert "刚刚已由邓子谦于" in answer.text
    assert "本次操作没有执行" in answer.text
    assert "后办理的意见" in answer.text


# ---------------------------------------------------------------- a thousand at once


def test_of_a_thousand_the_stale_and_the_foreign_get_their_reasons(client, thousand):  # noqa: F811 - the fixture
    call_id = db.session.get(Declaration, FIRST_COPY).call_id
    seq = db.session.get(Declaration, FIRST_COPY).seq
    stale, foreign = set(list(thousand)[5 : 5 + STALE]), set(list(thousand)[-FOREIGN:])
    db.session.execute(update(Declaration).where(Declaration.id.in_(stale)).values(seq=seq + 1))
    keys = [f"{row_id}:{seq}" for row_id in thousand]
    officer, address = client("county_officer"), f"/review/{call_id}/action_post"

    preview = officer.post(address, data={"action": "recommend", "rowid": keys})
    assert f"共 {MANY} 项" in preview.text
    assert f"其中 {STALE + FOREIGN} 项" in preview.text
    answer = officer.post(address, data={"action": "recommend", "rowid": keys, "confirmed": "1", "opinion": "同意"})

    assert answer.status_code == 200
    assert f"成功 {MANY - STALE - FOREIGN} 项，未成功 {STALE + FOREIGN} 项" in answer.text
    rows = html.fromstring(answer.text).xpath("//tbody/tr")
    refused = [row.text_content() for row in rows if "未处理" in row.text_content()]
    assert sum("他人处理" in text for text in refused) == STALE
    assert sum("办理范围" in text for text in refused) == FOREIGN
    titles = set(db.session.scalars(select(Declaration.title).where(Declaration.id.in_(foreign))))
    assert not [text for text in refused if "不在办理范围内的项目" in text and any(t in text for t in titles)]
    done = select(func.count(ReviewRecord.id)).where(
        ReviewRecord.declaration_id.in_(thousand), ReviewRecord.action == ReviewAction.RECOMMEND
    )
    assert db.session.scalar(done) == MANY - STALE - FOREIGN


def test_more_than_a_thousand_or_broken_keys_are_refused_whole(client, quick):
    waiting = quick("first")
    address, good = f"/review/{waiting.call_id}/action_post", f"{waiting.id}:{waiting.seq}"
    officer, row_id, seq = client("county_officer"), waiting.id, waiting.seq

    many = [good, *(f"{n}:1" for n in range(10**6, 10**6 + 1000))]
    assert officer.post(address, data={"action": "recommend", "rowid": many, "confirmed": "1"}).status_code == 413
    for broken in ("x:1", "1:x", "1", "", "1:1:1", "-1:1", "9" * 30 + ":1"):
        data = {"action": "recommend", "rowid": [good, broken], "confirmed": "1"}
        assert officer.post(address, data=data).status_code == 400, broken

    db.session.expire_all()
    assert db.session.get(Declaration, row_id).seq == seq
