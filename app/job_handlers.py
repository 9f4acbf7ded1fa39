"""What the worker can do: one handler per kind of job."""

from collections.abc import Callable

from flask_babel import force_locale

from .clock import now
from .extensions import db
from .jobs import Progress, handler
from .services import declarations, documents, rendering
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
