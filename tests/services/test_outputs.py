"""What the worker makes to take along: sheets, archives, exports and letters, each over what its asker may see."""

import io
import zipfile
from contextlib import contextmanager
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select

from app.clock import now
from app.errors import BadFile, Forbidden, Invalid, NotFound
from app.extensions import db
from app.jobs import run_job
from app.models import (
    Account,
    Call,
    Declaration,
    Job,
    JobState,
    Letter,
    LetterTemplate,
    ResponsibleOffice,
    Site,
    StoredFile,
)
from app.services import archives, bundles, files, jobs, letter_making, letter_templates, retention, summaries

pytestmark = pytest.mark.usefixtures("app", "stand_in_documents")


def finished(job: Job) -> Job:
    """Let the worker do a job and return how it ended."""
    job_id = job.id
    db.session.commit()
    db.session.remove()
    run_job(job_id)
    db.session.expire_all()
    return db.session.get(Job, job_id)


def rows_of(job: Job) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(files.read_file(job.file)))
    return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


def by_name(username: str) -> Account:
    return db.session.scalars(select(Account).where(Account.username == username)).one()


def call_of(declaration: Declaration) -> Call:
    return db.session.get(Call, declaration.call_id)


# ---------------------------------------------------------------- 汇总表


@pytest.mark.parametrize("ending", ["xls", "xlsx"])
def test_a_summary_sheet_follows_the_order_of_the_office(declaration_at, person, ending):
    ids = [declaration_at("city_officer", company).id for company in ("enterprise_admin", "company_03", "company_04")]
    places = dict(zip(ids, (3, 1, 2), strict=True))
    first = db.session.get(Declaration, ids[0])
    for row_id, place in places.items():
        row = db.session.get(Declaration, row_id)
        row.county_priority, row.text_3 = place, first.text_3  # in one part of the sheet
    db.session.flush()
    call = call_of(first)
    names = {db.session.get(Declaration, row_id).text_1: place for row_id, place in places.items()}
    officer = db.session.scalars(
        select(Account).where(Account.department_id == first.county_office_id).order_by(Account.id)
    ).first()
    job = finished(summaries.request_sheet([call], "测试", ending, by=officer, at=now()))
    assert job.state is JobState.DONE
    assert job.file_name.endswith(f".{ending}")
    written = [row[1] for row in rows_of(job) if row[1] in names]
    assert written == sorted(written, key=names.get)
    assert len(written) == len(ids)


def test_a_sheet_over_calls_out_of_sight_is_empty_of_their_rows(declaration_at, person):
    declaration = declaration_at("city_officer")
    title, call = declaration.text_1, call_of(declaration)
    job = finished(summaries.request_sheet([call], "测试", "xlsx", by=person("gz_county_officer"), at=now()))
    assert job.state is JobState.DONE
    assert not any(title in row for row in rows_of(job))


def test_formats_are_known_ones(declaration_at, person):
    call = call_of(declaration_at("city_officer"))
    with pytest.raises(NotFound):
        summaries.request_sheet([call], "测试", "pdf", by=person("county_officer"), at=now())


def test_who_lost_the_account_meanwhile_gets_nothing(declaration_at, person):
    call = call_of(declaration_at("city_officer"))
    officer = person("county_officer")
    job = summaries.request_sheet([call], "测试", "xlsx", by=officer, at=now())
    officer.locked = True
    done = finished(job)
    assert (done.state, done.file_id) == (JobState.FAILED, None)
    assert "停用或被锁定" in done.message


# ---------------------------------------------------------------- 附件打包


def names_in(job: Job) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(files.read_file(job.file))) as archive:
        assert archive.testzip() is None
        assert all(info.flag_bits & 0x800 for info in archive.infolist() if not info.filename.isascii())
        return archive.namelist()


def test_an_archive_is_named_by_rule_with_the_document_first(declaration_at, person):
    declaration = declaration_at("county")
    enterprise, count = declaration.enterprise.name, len(declaration.submission.files)
    call = call_of(declaration)
    job = finished(bundles.request_of_call(call, by=person("county_officer"), at=now()))
    assert job.state is JobState.DONE, job.message
    names = names_in(job)
    assert len(names) == len(set(names)) == count + 2
    assert all(name.startswith(f"001_{enterprise}_") for name in names)
    inner = [name.split("/")[1] for name in names]
    assert inner[0].startswith("00_申报书_")
    assert inner[1].startswith("00_申报书（盖章版）_")
    assert [name[:2] for name in inner[2:]] == [f"{n:02d}" for n in range(1, count + 1)]


def test_an_archive_holds_what_its_asker_may_see(declaration_at, person):
    declaration = declaration_at("county")
    job = finished(bundles.request_of_selected([declaration.id], by=person("gz_county_officer"), at=now()))
    assert job.state is JobState.FAILED
    assert "尚未提交，或不在您的办理范围内" in job.message


def test_too_large_an_archive_is_refused_before_it_is_begun(declaration_at, person, monkeypatch):
    declaration = declaration_at("county")
    monkeypatch.setattr(bundles, "MOST_BYTES", 100)
    job = finished(bundles.request_of_selected([declaration.id], by=person("county_officer"), at=now()))
    assert job.state is JobState.FAILED
    assert "分批勾选" in job.message


def test_parts_of_names_are_safe_everywhere():
    assert bundles._part(' ../a:b*"c?\n<d>| ') == "a_b_c_d"
    assert bundles._part("...") == "_"
    assert bundles._named("营业执照 (正本).PDF") == "营业执照_(正本).PDF"
    assert len(bundles._part("长" * 500)) == bundles.LONGEST_PART


# ---------------------------------------------------------------- 推荐函


def zipped(entries: dict[str, bytes], **options) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"安装.exe": b"MZ"}, "程序或脚本文件“安装.exe”"),
        ({"说明.pdf": b"MZ\x90\x00"}, "程序或脚本文件“说明.pdf”"),
        ({"../外面.pdf": b"%PDF"}, "路径异常"),
        ({}, "没有文件"),
        ({f"{n}.txt": b"1" for n in range(archives.MOST_ENTRIES + 1)}, "超过 1000 个文件"),
    ],
)
def test_archives_that_must_not_be_handed_on_are_refused_by_reason(entries, sentence):
    with pytest.raises(BadFile, match=sentence):
        archives.require_harmless(zipped(entries), "材料.zip")


def test_a_bomb_is_refused_without_unpacking_it():
    bomb = zipped({"0.txt": b"0" * 60_000_000}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(BadFile, match="解压后过大"):
        archives.require_harmless(bomb, "材料.zip")


def test_a_torn_archive_is_refused():
    torn = io.BytesIO(zipped({"a.pdf": b"%PDF" * 100}).getvalue()[:-30])
    with pytest.raises(BadFile, match="不是完整的 zip 文件"):
        archives.require_harmless(torn, "材料.zip")


def test_names_of_chinese_windows_are_read():
    info = zipfile.ZipInfo("推荐函.pdf".encode("gbk").decode("cp437"))
    assert archives.readable_name(info) == "推荐函.pdf"


def test_unknown_words_of_a_wording_are_named(person):
    wording = LetterTemplate(
        site_id=person("county_admin").site_id,
        bureau_id=letter_templates.owner_of(person("county_admin")),
        name="试用",
        heading="关于{方向}的函",
        addressee="{局长}：",
        body="{方向.__class__} {推荐项目清单",
    )
    with pytest.raises(Invalid) as refusal:
        letter_templates.save(wording, by=person("county_admin"), at=now())
    assert "{局长}" in str(refusal.value.details["fields"]["addressee"])
    assert "{方向.__class__}" in str(refusal.value.details["fields"]["body"])
    assert "heading" not in refusal.value.details["fields"]


def test_a_wording_of_the_whole_site_is_the_provinces(person):
    shared = db.session.scalars(select(LetterTemplate).where(LetterTemplate.bureau_id.is_(None))).first()
    for name in ("city_admin", "county_admin"):
        with pytest.raises(Forbidden):
            letter_templates.save(shared, by=person(name), at=now())
    assert letter_templates.save(shared, by=person("province_admin"), at=now()) is shared


def test_a_letter_is_prefilled_printed_and_filed_once(declaration_at, person):
    declaration = declaration_at("city_officer")
    enterprise, call, officer = declaration.enterprise.name, call_of(declaration), person("county_officer")
    wording = letter_templates.usable(officer)[0]
    letter = letter_making.draft_letter(call, wording, officer, now())
    assert [row.unit for row in letter.rows] == [enterprise]
    assert call.name in letter.body
    assert "推荐以下1个项目" in letter.body
    assert "{推荐项目清单}" in letter.body
    assert letter.addressee == "惠州市工业和信息化局："
    first = letter_making.request_letter(call, letter, "t", by=officer, at=now())
    again = letter_making.request_letter(call, letter, "t", by=officer, at=now())
    assert first is again
    done = finished(first)
    assert done.state is JobState.DONE, done.message
    filed = db.session.scalars(select(Letter)).all()
    assert [(row.name, row.bureau.name) for row in filed] == [(f"{letter.heading}.pdf", "惠城区科技和工业信息化局")]
    assert files.read_file(filed[0].file).startswith(b"%PDF")


def test_a_preview_files_nothing(declaration_at, person):
    declaration = declaration_at("city_officer")
    call, officer = call_of(declaration), person("county_officer")
    letter = letter_making.draft_letter(call, letter_templates.usable(officer)[0], officer, now())
    done = finished(letter_making.request_preview(call, letter, by=officer, at=now()))
    assert done.state is JobState.DONE, done.message
    assert db.session.scalars(select(Letter)).all() == []


def test_a_letter_lacking_something_says_so_at_the_field(declaration_at, person):
    declaration = declaration_at("city_officer")
    call, officer = call_of(declaration), person("county_officer")
    empty = letter_making.draft_letter(call, None, officer, now())
    with pytest.raises(Invalid) as refusal:
        letter_making.request_preview(call, empty, by=officer, at=now())
    assert set(refusal.value.details["fields"]) == {"heading", "addressee", "body"}


def test_an_office_that_does_not_handle_the_call_makes_no_letter(declaration_at, person):
    declaration = declaration_at("city_officer")
    call, stranger = call_of(declaration), person("gz_county_officer")
    letter = letter_making.draft_letter(call, letter_templates.usable(stranger)[0], stranger, now())
    db.session.execute(delete(ResponsibleOffice).where(ResponsibleOffice.office_id == stranger.department_id))
    with pytest.raises(Forbidden):
        letter_making.request_letter(call, letter, "t", by=stranger, at=now())


# ---------------------------------------------------------------- what is made for a while


@contextmanager
def made_at(at):
    job = jobs.queue("summary_sheet", f"trial:{at}", {}, site_id=1, by=None, at=at)
    job.site_id = db.session.scalars(select(Site.id)).first()
    stored = files.store_bytes(str(at).encode(), "application/pdf", site_id=job.site_id)
    stored.stored_at = at
    job.state, job.file_id, job.finished_at = JobState.DONE, stored.id, at
    db.session.flush()
    yield job, stored


def test_old_exports_go_with_their_files_and_new_ones_stay():
    at = now()
    with made_at(at - timedelta(days=8)) as (_old, old_file), made_at(at - timedelta(days=6)) as (new, new_file):
        old_id, new_id = old_file.id, new_file.id
        assert retention.forget_old(at) == 1
        db.session.commit()
        assert db.session.get(StoredFile, old_id) is None
        assert files.is_intact(db.session.get(StoredFile, new_id))
        assert db.session.get(Job, new.id) is not None


def test_a_file_that_somebody_else_refers_to_stays(declaration_at):
    declaration = declaration_at("county")
    kept_id = declaration.attachments[0].file_id
    at = now()
    with made_at(at - timedelta(days=8)) as (job, _file):
        job.file_id = kept_id
        db.session.get(StoredFile, kept_id).stored_at = at - timedelta(days=9)
        db.session.flush()
        assert retention.forget_old(at) == 1
        db.session.commit()
    assert files.is_intact(db.session.get(StoredFile, kept_id))


def test_a_file_stored_again_meanwhile_stays():
    at = now()
    with made_at(at - timedelta(days=8)) as (_job, stored):
        content = files.read_file(stored)
        again = files.store_bytes(content, "application/pdf", site_id=stored.site_id)
        assert again.id == stored.id
        assert retention.forget_old(at) == 1
        db.session.commit()
        assert files.is_intact(db.session.get(StoredFile, again.id))
