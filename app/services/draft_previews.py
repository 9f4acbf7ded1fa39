"""The declaration document of a type that is still being written, printed by the worker with nothing filled in."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import IO, Any

from flask_babel import lazy_gettext as _

from ..clock import now, to_local
from ..errors import Invalid
from ..extensions import db
from ..forms.definition import TypeDefinition
from ..models import Account, Job, TypeDraft
from ..permissions import get_visible
from ..reports.declaration import DeclarationMeta, declaration_html
from ..reports.pdf import PdfMeta, page_count, render_pdf
from ..reports.stamping import DRAFT
from . import documents, files, jobs, type_drafts

JOB_KIND = "type_preview"


def request_preview(draft: TypeDraft, *, by: Account, at: datetime) -> Job:
    """Ask for the document of a draft as it stands; raises Invalid when it cannot be printed."""
    _printable(draft)
    name = files.clean_name(f"{draft.title}-{_('预览')}.pdf")
    payload = {"draft": draft.public_id, "by": by.id, "name": name}
    key = f"{JOB_KIND}:{by.id}:{draft.public_id}:{draft.revision}"
    title = _("预览申报书：%(title)s", title=draft.title)
    return jobs.queue(JOB_KIND, key, payload, site_id=draft.site_id, by=by, at=at, title=title)


def write_preview(asked: Mapping[str, Any], content: IO[bytes], user: Account, progress: Callable[..., None]) -> int:
    """Print the document that was asked for, every field shown; returns its number of pages."""
    draft = get_visible(TypeDraft, asked["draft"], user)
    definition, title = _printable(draft), draft.title
    db.session.rollback()  # rendering takes seconds: no transaction stays open meanwhile
    spec = documents.declaration_spec(definition)
    html = declaration_html(definition, {}, DeclarationMeta(values=_cover_values(definition)), document=spec.key)
    mark = spec.watermark_draft or DRAFT
    pdf = render_pdf(html, meta=PdfMeta(title=title), draft=True, mark=mark, progress=progress)
    content.write(pdf)
    return page_count(pdf)


def _printable(draft: TypeDraft) -> TypeDefinition:
    judgement = type_drafts.judge(draft)
    if judgement.definition is None:
        count = len(judgement.problems)
        raise Invalid(_("还有 %(count)s 处问题，改正后才能预览申报书。", count=count), problems=judgement.problems)
    if documents.declaration_spec(judgement.definition) is None:
        raise Invalid(_("该类型没有申报书，请先添加。"))
    return judgement.definition


def _cover_values(definition: TypeDefinition) -> dict[str, str]:
    today = to_local(now())
    return {
        "filled_on": f"{today.year}年{today.month}月{today.day}日",
        "year": str(definition.year),
        "call_name": definition.short_title or definition.title,
        "programme_name": definition.title,
    }
