"""What the worker can do: one handler per kind of job."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO

from flask_babel import force_locale

from .clock import now
from .extensions import db
from .jobs import Progress, handler
from .models import Account, StoredFile
from .services import declarations, documents, files, rendering
from .services.imports import credit_query, credit_records, titles
from .services.imports import departments as import_departments
from .services.imports import people as import_people
from .services.imports.reading import LANGUAGE
from .services.types import definition_of


@handler(documents.JOB_KIND)
def make_document(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Render the declaration document; the document and the job's end are one transaction."""
    with force_locale("zh_Hans_CN"):
        content, pages, declaration = _render(payload, progress, draft=False)
        documents.keep_document(
            declaration.id, payload["content_key"], content, name=rendering.file_name(declaration),
            pages=pages, site_id=payload["site_id"], at=now(),
        )  # fmt: skip
        _end(finish())


@handler(documents.PREVIEW_JOB_KIND)
def make_preview(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Render a draft with its watermark; the file hangs on the job."""
    with force_locale("zh_Hans_CN"):
        content, _pages, _declaration = _render(payload, progress, draft=True)
        _end(finish(file=rendering.keep_preview(content, payload["site_id"])))


def _render(payload: dict, progress: Progress, *, draft: bool) -> tuple:
    declaration = documents.read_for_rendering(payload["declaration"])
    facts = declarations.facts_of(declaration)
    documents.require_unchanged(declaration, payload["content_key"], facts)
    job = rendering.prepare(declaration, definition_of(declaration.version), facts, payload["content_key"], draft=draft)
    db.session.commit()  # rendering takes seconds: no transaction stays open meanwhile
    content, pages = rendering.render(job, progress)
    return content, pages, declaration


def _end(still_ours: bool) -> None:
    if still_ours:
        db.session.commit()
    else:
        db.session.rollback()


# ---------------------------------------------------------------- sheets about enterprises


@handler(credit_records.JOB_KIND)
def import_credit_records(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Keep the dishonesty records of an uploaded sheet."""
    with _workbook(payload) as (sheet, by):
        _end(finish(result=credit_records.import_records(sheet, by=by, at=now())))


@handler(titles.JOB_KIND)
def import_titles(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Keep the winners of an uploaded list."""
    days = {key: date.fromisoformat(payload[key]) for key in ("granted_on", "expires_on") if payload[key]}
    with _workbook(payload) as (sheet, by):
        result = titles.import_titles(sheet, payload["title"], by=by, at=now(), **days)
        message = "其中 {linked} 行已关联平台企业，其余请在“历年入选名单”的“待关联”中核对。".format(**result)
        _end(finish(result=result, message=message if result["done"] else None))


@handler(credit_query.JOB_KIND)
def answer_credit_query(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Answer a sheet of credit codes."""
    with _workbook(payload) as (sheet, by):
        file, result = credit_query.answer_sheet(sheet, by=by, at=now())
        message = "共查询 {read} 行，请下载查询结果。".format(**result) if file else None
        result = None if file else result
        _end(finish(file=file, file_name=credit_query.file_name(now()), result=result, message=message))


@handler(import_departments.JOB_KIND)
def add_departments(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Add the departments of an uploaded sheet, all or none."""
    with _workbook(payload) as (sheet, by):
        result = import_departments.import_departments(sheet, by=by, at=now())
        if result["problems"]:
            db.session.rollback()  # lines that could be added go with those that could not
        _end(finish(result=result))


@handler(import_people.JOB_KIND)
def add_people(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Open the accounts of an uploaded sheet, all or none."""
    with _workbook(payload) as (sheet, by):
        cards, result = import_people.judge_people(sheet, by=by)
        db.session.commit()  # hashing passwords takes seconds: no transaction stays open meanwhile
        if result["problems"]:
            _end(finish(result=result))
            return
        hashes = import_people.hash_passwords(cards, payload["seed"], progress)
        result = import_people.add_people(cards, hashes, by=by, at=now())
        _end(finish(result=result, message="请返回导入页面领取初始密码，只能领取一次。"))


@contextmanager
def _workbook(payload: dict) -> Iterator[tuple[BytesIO, Account]]:
    """Open an uploaded workbook for whoever sent it, in the language of all workbooks."""
    upload, by = db.session.get_one(StoredFile, payload["upload"]), db.session.get_one(Account, payload["by"])
    with force_locale(LANGUAGE), files.open_file(upload) as stream:
        yield BytesIO(stream.read()), by
