"""附件材料 of an enterprise and 引入附件: the library on screen, its files under attachment kinds of a draft."""

from io import BytesIO

import pytest
from sqlalchemy import select

from app.clock import now
from app.demo.papers import make_paper
from app.extensions import db
from app.models import Attachment, Enterprise, Material
from app.services import materials
from app.services.types import definition_of


@pytest.fixture
def own(person):
    return db.session.get(Enterprise, next(iter(person("enterprise_admin").enterprise_ids)))


@pytest.fixture
def kind(declaration_at):
    """A draft and one of its attachment kinds that takes PDF."""
    draft = declaration_at("draft")
    return draft, next(f for f in definition_of(draft.version).file_fields if "pdf" in f.ext and f.max_files != 1)


def _material(own, person, name="营业执照.pdf", text="执照"):
    paper = BytesIO(make_paper(name, text))
    found = materials.add_material(own, "证照", paper, name, by=person("enterprise_admin"), at=now())
    db.session.commit()
    return found


def _files(draft, field):
    db.session.expire_all()
    query = select(Attachment).where(Attachment.declaration_id == draft.id, Attachment.field_key == field.key)
    return list(db.session.scalars(query.order_by(Attachment.position)))


def test_a_file_is_uploaded_listed_downloaded_and_removed_after_a_question(client, app):
    browser = client("enterprise_employee")
    paper = (BytesIO(make_paper("资质.pdf", "资质")), "资质.pdf")
    assert browser.post("/materials/add", data={"kind": "资质", "file": paper}).status_code == 302
    added = db.session.scalars(select(Material).where(Material.name == "资质.pdf")).one()
    assert added.kind == "资质"
    listed = browser.get("/materials/").text
    assert "资质.pdf" in listed
    assert "尚未使用" in listed
    assert browser.get(f"/materials/{added.public_id}").data.startswith(b"%PDF")

    asked = browser.post(f"/materials/{added.public_id}/remove")
    assert "确定从附件材料中删除" in asked.text
    assert db.session.get(Material, added.id) is not None
    browser.post(f"/materials/{added.public_id}/remove", data={"confirmed": "1"})
    db.session.expire_all()
    assert db.session.scalars(select(Material).where(Material.name == "资质.pdf")).first() is None


@pytest.mark.parametrize(
    ("kind", "name", "content", "said"),
    [
        ("", "甲.pdf", None, "请填写材料类别"),
        ("资质", "", None, "请先选择要上传的文件"),
        ("资质", "甲.pdf", b"<html><script>alert(1)</script>", "甲.pdf"),
    ],
)
def test_a_refused_upload_says_why_and_keeps_what_was_typed(client, app, kind, name, content, said):
    before = db.session.query(Material).count()
    upload = (BytesIO(make_paper("甲", "乙") if content is None else content), name)
    answer = client("enterprise_admin").post("/materials/add", data={"kind": kind, "file": upload})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'name="kind" value="{kind}"' in answer.text
    assert db.session.query(Material).count() == before


def test_another_enterprise_sees_and_removes_nothing(client, own, person):
    found = _material(own, person)
    other = client("gz_enterprise_admin")
    assert found.name not in other.get("/materials/").text
    assert other.get(f"/materials/{found.public_id}").status_code == 404
    assert other.post(f"/materials/{found.public_id}/remove", data={"confirmed": "1"}).status_code == 404


def test_picked_materials_become_attachments_and_the_library_says_where(client, own, person, kind):
    draft, field = kind
    found = _material(own, person)
    browser = client("enterprise_admin")
    address = f"/declarations/{draft.public_id}/files/{field.key}/materials"
    assert found.public_id in browser.get(address).text

    taken = browser.post(address, data={"material": found.public_id}, follow_redirects=True)

    assert "已引入 1 个材料" in taken.text
    assert [a.file_id for a in _files(draft, field)] == [found.file_id]
    assert draft.title in browser.get("/materials/").text
    assert "已在附件中" in browser.get(address).text
    again = browser.post(address, data={"material": found.public_id}, follow_redirects=True)
    assert "无需重复引入" in again.text
    assert len(_files(draft, field)) == 1

    asked = browser.post(f"/materials/{found.public_id}/remove")
    assert "1 个项目保留各自的附件" in asked.text
    browser.post(f"/materials/{found.public_id}/remove", data={"confirmed": "1"})
    assert len(_files(draft, field)) == 1


def test_the_kinds_limits_hold_for_materials_too(client, own, person, kind):
    draft, field = kind
    browser = client("enterprise_admin")
    address = f"/declarations/{draft.public_id}/files/{field.key}/materials"
    found = [_material(own, person, f"{n}.pdf", f"第{n}份") for n in range(field.max_files + 1)]
    data = {"material": [one.public_id for one in found]}
    assert f"最多上传 {field.max_files} 个文件" in browser.post(address, data=data, follow_redirects=True).text
    assert len(_files(draft, field)) == field.max_files
    assert "请先选择要引入的材料" in browser.post(address).text


def test_a_material_of_somebody_else_cannot_be_introduced(client, own, person, kind):
    draft, field = kind
    other = person("gz_enterprise_admin")
    theirs = db.session.get(Enterprise, next(iter(other.enterprise_ids)))
    foreign = materials.add_material(theirs, "证照", BytesIO(make_paper("a", "b")), "别家.pdf", by=other, at=now())
    address = f"/declarations/{draft.public_id}/files/{field.key}/materials"
    assert client("enterprise_admin").post(address, data={"material": foreign.public_id}).status_code == 404
    assert _files(draft, field) == []


def test_without_script_the_button_saves_and_leads_to_the_materials(client, kind):
    draft, field = kind
    section = definition_of(draft.version).section_of(field.key)
    answer = client("enterprise_admin").post(
        f"/declarations/{draft.public_id}/{section.key}", data={"_revision": "0", "_introduce": field.key}
    )
    assert answer.location.endswith(f"/files/{field.key}/materials")
