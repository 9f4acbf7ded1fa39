"""盖章版: judged by its content, of one document and no other, needed for a submission, kept by it for good."""

import copy
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.demo.papers import make_paper
from app.errors import BadFile, Closed, DocumentMissing, NotFound
from app.extensions import db
from app.forms.definition import DefinitionError, parse_type
from app.forms.package import load_package, shipped_packages
from app.models import SealedCopy
from app.permissions import visible
from app.services import bundles, declarations, documents, drafts, sealed_copies

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def applicant(person):
    return person("enterprise_admin")


@pytest.fixture
def printed(declaration_at, journey, applicant):
    """A complete draft with its document and no sealed version."""
    draft = declaration_at("filled")
    journey.render_document(draft, applicant)
    return draft


@pytest.fixture
def hand_in(applicant):
    """Return a function that hands in a sealed version as the enterprise's administrator."""

    def send(draft, content: bytes | None = None, name: str = "盖章版.pdf"):
        stream = BytesIO(make_paper("盖章", "企业") if content is None else content)
        return declarations.hand_in_sealed(draft, stream, name, by=applicant, at=now())

    return send


def _draft(draft):
    return drafts.draft_of(draft, now())


def _submit(draft, by):
    return declarations.submit_declaration(draft, draft.seq, by=by, at=now())


def _edit(draft, by, address: str) -> None:
    section = declarations.stored_section(draft, "basic")
    form = {"address": address}
    declarations.save_section(draft, "basic", form, section.revision, by=by, at=now())
    db.session.commit()


# ---------------------------------------------------------------- what a type may say


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sealed": "perhaps"}, "documents[0].sealed: 'perhaps' is not one of none, optional, required"),
        ({"sealed": "required", "before": ""}, "documents[0]: sealed: required needs before: submit"),
        ({"sealed": "optional", "kind": "letter", "ext": ["pdf"], "max_mb": 1, "max_files": 1, "cover": None},
         "documents[0]: only a document of kind declaration is handed back sealed"),
    ],
)  # fmt: skip
def test_a_type_that_says_nonsense_of_the_seal_is_refused_at_its_place(change, problem):
    body = copy.deepcopy(load_package(shipped_packages()[0]))
    spec = body["documents"][0]
    spec.update(change)
    for name in [name for name, value in spec.items() if value in (None, "")]:
        del spec[name]
    with pytest.raises(DefinitionError) as refused:
        parse_type(body)
    assert any(problem in found for found in refused.value.problems), refused.value.problems


def test_every_shipped_type_of_the_province_asks_for_the_seal():
    for folder in shipped_packages():
        spec = documents.declaration_spec(parse_type(load_package(folder)))
        assert sealed_copies.is_required(spec), folder


# ---------------------------------------------------------------- what is taken


def test_a_sealed_version_belongs_to_the_document_of_now(printed, hand_in):
    kept = hand_in(printed)

    assert kept.document == documents.current_document(printed, declarations.facts_of(printed))
    assert kept.pages == 1
    assert _draft(printed).sealing.is_done
    assert not _draft(printed).sealing.differs


def test_without_the_document_there_is_nothing_to_seal(declaration_at, hand_in):
    with pytest.raises(DocumentMissing, match="请先生成"):
        hand_in(declaration_at("filled"))


def test_a_type_without_seal_takes_none(quick, hand_in):
    with pytest.raises(NotFound):
        hand_in(quick("filled"))


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.pdf", "空文件"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 64, "a.pdf", "内容不是 PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 64, "a.png", "只接受 PDF"),
        (b"%PDF-1.4\nnothing behind it", "a.pdf", "无法打开"),
    ],
)
def test_what_is_no_readable_pdf_is_refused(printed, hand_in, content, name, words):
    with pytest.raises(BadFile, match=words):
        hand_in(printed, content, name)
    assert db.session.scalar(select(func.count(SealedCopy.id))) == 0


def test_a_pdf_with_a_password_is_refused(printed, hand_in):
    from pypdf import PdfReader, PdfWriter

    writer, locked = PdfWriter(clone_from=PdfReader(BytesIO(make_paper("盖章", "企业")))), BytesIO()
    writer.encrypt("secret")
    writer.write(locked)
    with pytest.raises(BadFile, match="打开密码"):
        hand_in(printed, locked.getvalue())


def test_the_document_itself_is_not_its_sealed_version(printed, hand_in):
    from app.services import files

    document = documents.current_document(printed, declarations.facts_of(printed))
    with pytest.raises(BadFile, match="尚未盖章"):
        hand_in(printed, files.read_file(document.file))


def test_the_sealed_version_of_another_document_is_known_by_its_check_code(printed, hand_in):
    document = documents.current_document(printed, declarations.facts_of(printed))

    with pytest.raises(BadFile, match="另一份申报书（校验码 0123456789ABCDEF0123）"):
        hand_in(printed, make_paper("校验码：0123456789ABCDEF0123", "企业"))
    assert hand_in(printed, make_paper(f"校验码：{document.check_code}", "企业")).pages == 1


def test_another_number_of_pages_is_pointed_out_and_taken(printed, hand_in):
    kept = hand_in(printed, make_paper("盖章", "企业", pages=3))

    sealing = _draft(printed).sealing
    assert (kept.pages, sealing.copy, sealing.differs, sealing.is_done) == (3, kept, True, True)


def test_the_newest_counts(printed, hand_in):
    hand_in(printed)
    newest = hand_in(printed, make_paper("盖章", "企业", pages=2))

    assert _draft(printed).sealing.copy == newest


# ---------------------------------------------------------------- until it is submitted


def test_a_submission_without_the_sealed_version_is_refused(printed, applicant):
    assert not _draft(printed).is_ready
    with pytest.raises(DocumentMissing, match="盖章版"):
        _submit(printed, applicant)


def test_an_edit_and_a_new_document_ask_for_a_new_seal(printed, hand_in, applicant, journey):
    hand_in(printed)
    db.session.commit()
    before = declarations.stored_section(printed, "basic").answers["address"]

    _edit(printed, applicant, "新路 1 号")
    assert _draft(printed).sealing.is_stale
    journey.render_document(printed, applicant)
    assert _draft(printed).sealing.is_stale
    with pytest.raises(DocumentMissing, match="重新盖章"):
        _submit(printed, applicant)
    db.session.rollback()

    _edit(printed, applicant, before)
    assert _draft(printed).is_ready  # the first document stands again, and with it its seal


def test_a_submission_keeps_its_sealed_version_for_good(printed, hand_in, applicant, person):
    kept = hand_in(printed)
    submission = _submit(printed, applicant)
    db.session.commit()

    assert submission.sealed_copy == kept
    with pytest.raises(Closed):
        hand_in(printed)
    listed = bundles.list_files({"declarations": [printed.id]}, person("county_officer"))
    assert any(file.path.endswith("00_申报书（盖章版）_盖章版.pdf") for file in listed)


def test_only_the_enterprise_and_whose_turn_it_is_see_it(printed, hand_in, applicant, person):
    hand_in(printed)
    db.session.commit()

    def seen(username):
        return db.session.scalar(select(func.count(SealedCopy.id)).where(visible(SealedCopy, person(username))))

    assert (seen("enterprise_employee"), seen("county_officer"), seen("gz_enterprise_admin")) == (1, 0, 0)
    _submit(printed, applicant)
    db.session.commit()
    assert (seen("county_officer"), seen("gz_county_officer")) == (1, 0)
