"""Declaration documents: made once per content by the worker, kept for ever, stale as soon as an answer changes."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from ..errors import Conflict, Incomplete, NotFound
from ..extensions import db
from ..forms import answers as forms
from ..forms.definition import DocumentSpec, TypeDefinition, body_sha
from ..models import Account, Attachment, Call, Declaration, Document, Enterprise, Job
from . import files, grants, jobs
from .types import definition_of

KIND = "declaration"
JOB_KIND = "declaration_document"
PREVIEW_JOB_KIND = "declaration_preview"
TEMPLATE_REVISION = 1  # raise it when the layout changes so much that old documents must be made again


def declaration_spec(definition: TypeDefinition) -> DocumentSpec | None:
    """Return what the type says of its declaration document, if it has one."""
    found = definition.documents_of(KIND)
    return found[0] if found else None


def attached_files(
    declaration: Declaration, definition: TypeDefinition, facts: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the uploads that count, in the guide's order: those of attachment kinds that are asked for."""
    hidden = forms.hidden_paths(definition, {s.key: s.answers for s in declaration.sections}, facts)
    order = [field.key for field in definition.file_fields if field.key not in hidden]
    counted = [a for a in declaration.attachments if a.field_key in order]
    counted.sort(key=lambda a: (order.index(a.field_key), a.position, a.id))
    return [
        {
            "field": a.field_key,
            "name": a.name,
            "sha256": a.file.sha256,
            "size": a.file.size,
            "mime": a.file.mime,
            "file_id": a.file_id,
        }
        for a in counted
    ]


def content_key(declaration: Declaration, facts: Mapping[str, Any]) -> str:
    """Return the hash of everything that the document shows."""
    definition = definition_of(declaration.version)
    answers = {section.key: section.answers for section in declaration.sections}
    individual = {"applicant": facts["applicant"]["name"]} if declaration.individual_id is not None else {}
    return body_sha(
        individual
        | {
            "answers": forms.for_submission(definition, answers, facts),
            "files": [[f["field"], f["name"], f["sha256"]] for f in attached_files(declaration, definition, facts)],
            "enterprise": [facts["enterprise"]["name"], facts["enterprise"]["credit_code"]],
            "version": definition.sha,
            "template": TEMPLATE_REVISION,
        }
    )


def check_code(declaration_id: int, key: str) -> str:
    """Return the check code printed on the document: equal content gets an equal code, nobody can guess one."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"{declaration_id}:{key}".encode(), hashlib.sha256).hexdigest()[:20].upper()


def current_document(declaration: Declaration, facts: Mapping[str, Any]) -> Document | None:
    """Return the document that equals the draft as it stands, or None when it must be made (again)."""
    return _find(declaration.id, content_key(declaration, facts))


def latest_document(declaration: Declaration) -> Document | None:
    """Return the newest document of a declaration, whether it is still current or not."""
    query = select(Document).where(Document.declaration_id == declaration.id, Document.kind == KIND)
    return db.session.scalars(query.order_by(Document.id.desc()).limit(1)).first()


def _find(declaration_id: int, key: str) -> Document | None:
    query = select(Document).where(
        Document.declaration_id == declaration_id, Document.kind == KIND, Document.content_key == key
    )
    return db.session.scalars(query).first()


def _require_document_kind(declaration: Declaration) -> None:
    if declaration_spec(definition_of(declaration.version)) is None:
        raise NotFound(_("该项目不需要生成申报书。"))


def request_document(
    declaration: Declaration, report: forms.Report, facts: Mapping[str, Any], *, by: Account, at: datetime
) -> Job:
    """Ask for the document of the draft as it stands; finished ones are never rendered again. Raises Incomplete."""
    grants.require(by, declaration.enterprise_id, grants.FILL, grants.SUBMIT)
    _require_document_kind(declaration)
    if not report.ok:
        raise Incomplete(_("填报内容还不完整，请先处理“检查”页列出的问题，再生成申报书。"), report=report)
    key = content_key(declaration, facts)
    return jobs.queue(
        JOB_KIND,
        f"{JOB_KIND}:{declaration.id}:{key}",
        {"declaration": declaration.id, "content_key": key},
        site_id=declaration.site_id,
        by=by,
        at=at,
    )


def request_preview(declaration: Declaration, facts: Mapping[str, Any], *, by: Account, at: datetime) -> Job:
    """Ask for a marked preview of the draft as it stands, complete or not."""
    _require_document_kind(declaration)
    key = content_key(declaration, facts)
    return jobs.queue(
        PREVIEW_JOB_KIND,
        _preview_key(declaration, key),
        {"declaration": declaration.id, "content_key": key},
        site_id=declaration.site_id,
        by=by,
        at=at,
    )


def preview_job(declaration: Declaration, facts: Mapping[str, Any]) -> Job | None:
    """Return the job that makes or made the preview of the draft as it stands."""
    return _job(_preview_key(declaration, content_key(declaration, facts)))


def _preview_key(declaration: Declaration, key: str) -> str:
    return f"{PREVIEW_JOB_KIND}:{declaration.id}:{key}"


def _job(key: str) -> Job | None:
    return db.session.scalars(select(Job).where(Job.key == key).options(joinedload(Job.file))).first()


def job_of(declaration: Declaration, facts: Mapping[str, Any]) -> Job | None:
    """Return the job that makes or made the document of the draft as it stands."""
    return _job(f"{JOB_KIND}:{declaration.id}:{content_key(declaration, facts)}")


def read_for_rendering(declaration_id: int) -> Declaration:
    """Return a declaration with all that its document shows; the worker has no user to scope by."""
    query = (
        select(Declaration)
        .where(Declaration.id == declaration_id)
        .options(
            joinedload(Declaration.version),
            joinedload(Declaration.call).joinedload(Call.programme),
            joinedload(Declaration.enterprise).options(joinedload(Enterprise.city), joinedload(Enterprise.county)),
            selectinload(Declaration.sections),
            selectinload(Declaration.attachments).joinedload(Attachment.file),
        )
    )
    return db.session.scalars(query).unique().one()


def keep_document(
    declaration_id: int, key: str, content: bytes, *, name: str, pages: int, site_id: int, at: datetime
) -> Document:
    """Keep a rendered document; when another worker was faster, theirs is returned."""
    existing = _find(declaration_id, key)
    if existing is not None:
        return existing
    document = Document(
        declaration_id=declaration_id,
        kind=KIND,
        content_key=key,
        check_code=check_code(declaration_id, key),
        file=files.store_bytes(content, "application/pdf", site_id=site_id),
        name=name,
        pages=pages,
        made_at=at,
    )
    db.session.add(document)
    db.session.flush()
    return document


def require_unchanged(declaration: Declaration, key: str, facts: Mapping[str, Any]) -> None:
    """Raise Conflict when the draft was edited after its document was asked for."""
    if content_key(declaration, facts) != key:
        raise Conflict(_("填报内容在生成过程中已被修改，请重新生成申报书。"))
