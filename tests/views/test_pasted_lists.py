"""粘贴Excel: a preview with each wrong cell marked, corrections in place, all lines or none, nothing typed is lost."""

import re

import pytest
from sqlalchemy import select

from app.errors import BadFile
from app.extensions import db
from app.models import DeclarationSection
from app.services.imports.pasted import read_pasted, write_pasted
from app.services.imports.reading import Heading

HEADINGS = [Heading("name", "名称"), Heading("sum", "收入（万元）"), Heading("note", "说明")]


# ---------------------------------------------------------------- reading what was copied


def _values(text: str) -> list[tuple]:
    return [tuple(line.values.values()) for line in read_pasted(text, HEADINGS)]


def test_cells_are_read_with_and_without_headings():
    assert _values("甲\t1\t好\r\n乙\t2\t\r\n") == [("甲", "1", "好"), ("乙", "2", "")]
    assert _values("序号\t收入(万元)\t名称\n1\t12\t甲") == [("甲", "12", "")]


def test_line_breaks_and_quotes_in_cells_stay():
    assert _values('甲\t1\t"第一行\n第二行"\n乙\t2\t"说""好"""') == [
        ("甲", "1", "第一行\n第二行"),
        ("乙", "2", '说"好"'),
    ]
    assert _values('5" 屏\t1\t"没有关上') == [('5" 屏', "1", '"没有关上')]


def test_what_is_read_is_written_and_read_the_same():
    lines = read_pasted('甲\t1\t"第一行\n第二行"\n\n乙\t2\t"说""好"""', HEADINGS)
    again = read_pasted(write_pasted(lines, HEADINGS), HEADINGS)
    assert [line.values for line in again] == [line.values for line in lines]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有可以导入的内容"),
        (" \t \n\n", "没有可以导入的内容"),
        ("名称\t说明", "只粘贴了表头"),
        ("名称\t收入（万元）\t年份\n甲\t1\t2", "年份"),
        ("甲\t1\t2\t3", "多于列表的 3 列"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(text, words):
    with pytest.raises(BadFile, match=words):
        read_pasted(text, HEADINGS)


# ---------------------------------------------------------------- on screen


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


@pytest.fixture
def draft(declaration_at):
    return declaration_at("filled")


def _stored(draft, section="business", key="products"):
    db.session.expire_all()
    query = select(DeclarationSection).where(DeclarationSection.declaration_id == draft.id)
    return next(s for s in db.session.scalars(query) if s.key == section).answers.get(key) or []


def _send(browser, draft, text, step="preview", key="products", **more):
    data = {"text": text, "step": step, "mode": "append"} | more
    return browser.post(f"/declarations/{draft.public_id}/lists/{key}/paste", data=data)


GOOD = "新产品\t12.5\t13\t说明"
BAD = "坏产品\t很多\t13\t说明"


def test_a_preview_stores_nothing_and_taking_in_adds_behind(applicant, draft):
    before = _stored(draft)

    page = _send(applicant, draft, GOOD)
    assert page.status_code == 200
    assert "没有发现问题，尚未导入" in page.text
    assert _stored(draft) == before
    taken = _send(applicant, draft, GOOD, "take")

    assert taken.location.endswith("/business#products")
    assert _stored(draft)[:-1] == before
    assert _stored(draft)[-1]["name"] == "新产品"


def test_wrong_cells_are_marked_and_corrected_in_place(applicant, draft):
    before = _stored(draft)

    page = _send(applicant, draft, f"{GOOD}\n{BAD}", "take")

    assert page.status_code == 422
    assert _stored(draft) == before
    (cell,) = re.findall(r'<input value="很多" name="(cell-[\w-]+)"', page.text)
    assert f'id="{cell}-error">请输入数字' in page.text
    assert "坏产品" in page.text
    _send(applicant, draft, f"{GOOD}\n{BAD}", "take", **{cell: "99"})
    assert [row["revenue_y2"] for row in _stored(draft)[-2:]] == ["12.5", "99"]


def test_a_correction_stays_through_another_preview(applicant, draft):
    cell = "cell-0-revenue_y2"

    page = _send(applicant, draft, BAD, **{cell: "还是不对"})

    assert re.search(r"坏产品\t还是不对\t13", page.text)
    assert f'<input value="还是不对" name="{cell}"' in page.text


def test_replacing_puts_them_in_the_place_of_all(applicant, draft):
    _send(applicant, draft, GOOD, "take", mode="replace")

    assert [row["name"] for row in _stored(draft)] == ["新产品"]


def test_two_hundred_lines_are_taken_and_more_than_the_list_holds_are_refused(applicant, draft):
    lines = "\n".join(f"专利\t发明 {n}\t2023/5/1" for n in range(200))
    wrong = _send(applicant, draft, lines, "take", key="ip", mode="replace")
    assert wrong.status_code == 422
    assert wrong.text.count("<option>发明专利</option>") == 200

    lines = "类型\t名称\t颁发时间\n" + lines.replace("专利", "发明专利")
    taken = _send(applicant, draft, lines, "take", key="ip", mode="replace")
    assert taken.status_code == 302, re.findall(r'class="error"[^>]*>([^<]+)', taken.text)[:3]
    assert len(_stored(draft, "intellectual_property", "ip")) == 200
    refused = _send(applicant, draft, lines, "take", key="ip")

    assert refused.status_code == 422
    assert "最多 200 条，现有 200 条" in refused.text
    assert "发明 199" in refused.text


def test_it_belongs_to_the_enterprise_and_to_lists(client, applicant, draft):
    path = f"/declarations/{draft.public_id}/lists/%s/paste"
    assert client("gz_enterprise_admin").get(path % "ip").status_code == 404
    assert client("gz_enterprise_admin").post(path % "ip", data={"text": "甲"}).status_code == 404
    assert applicant.get(path % "address").status_code == 404
    assert client("county_officer").get(path % "ip").status_code == 403
    assert "/lists/ip/paste" in applicant.get(f"/declarations/{draft.public_id}/intellectual_property").text
