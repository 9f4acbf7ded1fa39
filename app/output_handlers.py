"""What the worker makes for people to take along: sheets, archives, exports, letters.

Whoever asked is read anew, and what they may see by now is what they get. Nothing is held open while files are written.
"""

from collections.abc import Callable
from typing import Any

from flask import current_app, g
from flask_babel import force_locale, gettext

from .clock import now
from .extensions import db
from .jobs import Progress, handler
from .models import Account
from .reports.sheet import WRITERS
from .services import actors, bundles, draft_previews, exports, files, letter_making, summaries
from .services.letter_making import PDF

LOCALE = "zh_Hans_CN"


@handler(summaries.JOB_KIND)
def make_summary(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Write a summary sheet."""
    with force_locale(LOCALE), files.made(WRITERS[payload["ending"]].mime, site_id=payload["site_id"]) as making:
        tables = summaries.tables_asked_for(payload, _actor(payload), now())
        db.session.rollback()
        WRITERS[payload["ending"]].write(tables, making.content)
        message = gettext("共 %(count)s 个项目。", count=summaries.count_rows(tables))
    _end(finish(file=making.stored, file_name=payload["name"], message=message))


@handler(bundles.JOB_KIND)
def make_bundle(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Write an archive of what was submitted."""
    with force_locale(LOCALE), files.made(bundles.MIME, site_id=payload["site_id"]) as making:
        count = bundles.write_bundle(payload, making.content, _actor(payload), progress)
        message = gettext("共 %(count)s 个文件。", count=f"{count:,}")
    _end(finish(file=making.stored, file_name=payload["name"], message=message))


@handler(exports.JOB_KIND)
def make_export(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Write the rows of a list; the list itself says which these are."""
    with force_locale(LOCALE), files.made(WRITERS[payload["ending"]].mime, site_id=payload["site_id"]) as making:
        g.user = _actor(payload)
        export = _screen(payload["view"]).export(payload["arguments"])
        db.session.rollback()
        count = exports.write_export(export, payload["ending"], making.content, progress)
        message = gettext("共 %(count)s 条记录。", count=f"{count:,}")
    _end(finish(file=making.stored, file_name=payload["name"], message=message))


@handler(letter_making.PREVIEW_JOB_KIND)
def preview_letter(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Print a letter with the mark of a preview."""
    with force_locale(LOCALE), files.made(PDF, site_id=payload["site_id"]) as making:
        pages = letter_making.write_letter(payload, making.content, _actor(payload), progress, draft=True)
        message = gettext("预览共 %(count)s 页，不会作为推荐函保存。", count=pages)
    _end(finish(file=making.stored, file_name=payload["name"], message=message))


@handler(draft_previews.JOB_KIND)
def preview_type(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Print the declaration document of a type that is being written, with nothing filled in."""
    with force_locale(LOCALE), files.made(PDF, site_id=payload["site_id"]) as making:
        pages = draft_previews.write_preview(payload, making.content, _actor(payload), progress)
        message = gettext("预览共 %(count)s 页，各项均未填写。", count=pages)
    _end(finish(file=making.stored, file_name=payload["name"], message=message))


@handler(letter_making.JOB_KIND)
def make_letter(payload: dict, progress: Progress, finish: Callable[..., bool]) -> None:
    """Print a letter and file it."""
    with force_locale(LOCALE), files.made(PDF, site_id=payload["site_id"]) as making:
        by = _actor(payload)
        pages = letter_making.write_letter(payload, making.content, by, progress, draft=False)
    with force_locale(LOCALE):
        letter_making.file_letter(payload, making.stored, by=by, at=now())
        message = gettext("推荐函已生成并归档，共 %(count)s 页。", count=pages)
    _end(finish(file=making.stored, file_name=payload["name"], message=message))


def _actor(payload: dict) -> Account:
    """Return who asked, independent of any transaction."""
    account = actors.read_actor(payload["by"])
    db.session.expunge_all()
    db.session.rollback()
    return account


def _screen(name: str) -> Any:
    return next(view for view in current_app.appbuilder.baseviews if type(view).__name__ == name)


def _end(still_ours: bool) -> None:
    if still_ours:
        db.session.commit()
    else:
        db.session.rollback()
