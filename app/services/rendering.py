"""What the worker does to turn a declaration into its PDF: gather while the database is open, render afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from ..clock import now, to_local
from ..forms import answers as forms
from ..forms.definition import TypeDefinition
from ..models import Declaration, StoredFile
from ..reports.binding import BoundFile, bind
from ..reports.declaration import DeclarationMeta, declaration_html
from ..reports.pdf import PdfMeta, page_count, render_pdf
from . import documents, files

MAIN_SHARE = 80  # percent of the work that is the main part; the rest is binding


@dataclass(frozen=True)
class Rendering:
    """Everything a render needs, read out of the database."""

    html: str
    meta: PdfMeta
    attachments: tuple[BoundFile, ...]
    draft: bool


def prepare(
    declaration: Declaration, definition: TypeDefinition, facts: Mapping[str, Any], key: str, *, draft: bool
) -> Rendering:
    """Gather a declaration's answers, cover and attachments."""
    spec = documents.declaration_spec(definition)
    answers = {section.key: section.answers for section in declaration.sections}
    frozen = forms.for_submission(definition, answers, facts)
    attached = documents.attached_files(declaration, definition, facts)
    meta = DeclarationMeta(
        values=_cover_values(declaration, facts),
        files={field: [f["name"] for f in attached if f["field"] == field] for field in {f["field"] for f in attached}},
        check_code="" if draft else documents.check_code(declaration.id, key),
    )
    title = f"{declaration.enterprise.name} {spec.label}"
    return Rendering(
        html=declaration_html(definition, frozen, meta, hidden=forms.hidden_paths(definition, answers, facts)),
        meta=PdfMeta(title=title, author=declaration.enterprise.name, subject=declaration.call.programme.name),
        attachments=_attachments(declaration, definition, attached),
        draft=draft,
    )


def _cover_values(declaration: Declaration, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the `meta.…` names that a cover may print."""
    today = to_local(now())
    return {
        "filled_on": f"{today.year}年{today.month}月{today.day}日",
        "year": str(declaration.call.programme.year),
        "call_name": declaration.call.name,
        "programme_name": declaration.call.programme.name,
        "applicant_name": facts["applicant"]["name"],
        "applicant_phone": facts["applicant"]["phone"] or "",
    }


def _attachments(
    declaration: Declaration, definition: TypeDefinition, attached: list[dict[str, Any]]
) -> tuple[BoundFile, ...]:
    labels = {field.key: field.label for field in definition.file_fields}
    by_id = {a.file_id: a.file for a in declaration.attachments}
    return tuple(
        BoundFile(labels[entry["field"]], entry["name"], entry["mime"], _opener(by_id[entry["file_id"]]))
        for entry in attached
    )


def _opener(stored: StoredFile) -> Callable[[], Any]:
    """Return what opens the file later, when the session that read its row is gone."""
    site_id, sha = stored.site_id, stored.sha256
    return lambda: files.open_content(site_id, sha)


def render(job: Rendering, progress: Callable[..., None]) -> tuple[bytes, int]:
    """Return the PDF and its number of pages; raises RenderFailed with a reason a person can act on."""
    main = render_pdf(
        job.html, meta=job.meta, draft=job.draft,
        progress=lambda percent, message: progress(percent * MAIN_SHARE // 100, message),
    )  # fmt: skip
    if job.attachments:
        main = bind(
            main, job.attachments, meta=job.meta, draft=job.draft,
            progress=lambda percent, message: progress(MAIN_SHARE + percent * (100 - MAIN_SHARE) // 100, message),
        )  # fmt: skip
    return main, page_count(main)


def file_name(declaration: Declaration) -> str:
    """Return the name under which a person downloads the document."""
    whose = declaration.enterprise.short_name or declaration.enterprise.name
    if declaration.individual is not None:
        whose = f"{whose}-{declaration.individual.name}"
    return files.clean_name(f"{whose}-{_('申报书')}.pdf")


def keep_preview(content: bytes, site_id: int) -> StoredFile:
    """Keep a watermarked preview."""
    return files.store_bytes(content, "application/pdf", site_id=site_id)
