"""Making a recommendation letter: a wording filled with facts, edited by the officer, printed by the worker, filed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..clock import to_local
from ..errors import Invalid
from ..extensions import db
from ..models import Account, Call, Declaration, Enterprise, Job, Letter, LetterTemplate, Region, StoredFile
from ..permissions import bureau_of, get_visible, visible
from ..reports.letter import LetterText, Listed, letter_html
from ..reports.pdf import PdfMeta, page_count, render_pdf
from . import files, jobs, letters, ranking, review_lists
from .letter_templates import fill, require_known_words

JOB_KIND = "recommendation_letter"
PREVIEW_JOB_KIND = "letter_preview"
PDF = "application/pdf"
PREVIEW = "预览"
MOST_ROWS = 300
LONGEST = {"heading": 120, "addressee": 120, "body": 20_000, "signer": 80, "date": 40}
LONGEST_CELL = 200

LABELS = {
    "heading": _("标题"),
    "addressee": _("主送单位"),
    "body": _("正文"),
    "signer": _("落款单位"),
    "date": _("落款日期"),
}


def draft_letter(call: Call, template: LetterTemplate | None, user: Account, at: datetime) -> LetterText:
    """Return the letter that a wording makes of a call; without a wording an empty one with list and signature."""
    bureau, rows = bureau_of(user), _recommended(call, user)
    facts = _facts(call, user, len(rows), at)
    texts = {key: fill(getattr(template, key), facts) if template else "" for key in ("heading", "addressee", "body")}
    return LetterText(**texts, signer=bureau.name, date=facts["日期"], rows=rows)


def _facts(call: Call, user: Account, count: int, at: datetime) -> dict[str, str]:
    bureau, today = bureau_of(user), to_local(at)
    return {
        "项目认定评定名称": call.programme.name,
        "方向": call.name,
        "年度": str(call.programme.year),
        "推荐项目数": str(count),
        "推荐单位": bureau.name,
        "上级单位": bureau.parent.name if bureau.parent else bureau.name,
        "日期": f"{today.year}年{today.month}月{today.day}日",
    }


def _recommended(call: Call, user: Account) -> tuple[Listed, ...]:
    """Return what the office recommends of a call, in its order."""
    query = (
        select(Enterprise.name, Declaration.title, Region.name)
        .join(Declaration.enterprise)
        .join(Region, Region.id == Declaration.county_id)
        .where(
            visible(Declaration, user),
            Declaration.call_id == call.id,
            review_lists.recommended(user, review_lists.workflows_of(user.site_id)),
        )
        .order_by(*ranking.order_for(user))
        .limit(MOST_ROWS)
    )
    with_area = review_lists.level_of(user) != "county"
    return tuple(Listed(unit, project, area if with_area else "") for unit, project, area in db.session.execute(query))


def require_printable(letter: LetterText) -> None:
    """Raise Invalid, field by field, for a letter that lacks something, is too long or names unknown words."""
    given = {key: getattr(letter, key).strip() for key in LONGEST}
    refused = {key: _("请填写%(label)s。", label=LABELS[key]) for key, text in given.items() if not text}
    refused |= {
        key: _("%(label)s最多 %(limit)s 个字，请精简。", label=LABELS[key], limit=limit)
        for key, limit in LONGEST.items()
        if len(given[key]) > limit
    }
    if refused:
        raise Invalid(next(iter(refused.values())), fields=refused)
    require_known_words(given)
    if len(letter.rows) > MOST_ROWS:
        raise Invalid(_("推荐函清单最多 %(limit)s 行，请改为随函附汇总表。", limit=MOST_ROWS))
    if any(len(text) > LONGEST_CELL for row in letter.rows for text in asdict(row).values()):
        raise Invalid(_("清单中的单位名称、项目名称最多 %(limit)s 个字，请精简。", limit=LONGEST_CELL))


def request_preview(call: Call, letter: LetterText, *, by: Account, at: datetime) -> Job:
    """Ask for the letter with the mark of a preview; nothing is filed."""
    title = _("预览推荐函：%(call)s", call=call.name)
    return _request(PREVIEW_JOB_KIND, call, letter, str(_("推荐函预览")), title, "", by=by, at=at)


def request_letter(call: Call, letter: LetterText, token: str, *, by: Account, at: datetime) -> Job:
    """Ask for the letter to be printed and filed; `token` is the form's own, so that sending twice files once."""
    letters.require_room(call, by)
    title = _("生成推荐函：%(call)s", call=call.name)
    return _request(JOB_KIND, call, letter, letter.heading, title, token, by=by, at=at)


def _request(
    kind: str, call: Call, letter: LetterText, name: str, title: object, token: str, *, by: Account, at: datetime
) -> Job:
    letters.require_handling(call, by)
    require_printable(letter)
    asked = {"call": call.id, "letter": asdict(letter), "name": files.clean_name(f"{name}.pdf"), "by": by.id}
    content = json.dumps([asked, token], ensure_ascii=False, sort_keys=True)
    key = f"{kind}:{by.id}:{hashlib.sha256(content.encode()).hexdigest()}"
    return jobs.queue(kind, key, asked, site_id=by.site_id, by=by, at=at, title=title)


def write_letter(
    asked: Mapping[str, Any], content: IO[bytes], user: Account, progress: Callable[..., None], *, draft: bool
) -> int:
    """Print the letter that was asked for; returns its number of pages."""
    letter = _letter(asked)
    meta = PdfMeta(title=letter.heading, author=letter.signer)
    pdf = render_pdf(letter_html(letter), meta=meta, draft=draft, mark=PREVIEW, progress=progress)
    content.write(pdf)
    return page_count(pdf)


def _letter(asked: Mapping[str, Any]) -> LetterText:
    given = dict(asked["letter"])
    return LetterText(**{**given, "rows": tuple(Listed(**row) for row in given["rows"])})


def file_letter(asked: Mapping[str, Any], stored: StoredFile, *, by: Account, at: datetime) -> Letter:
    """File a printed letter for its call, if the office still handles it and there is room."""
    call = get_visible(Call, asked["call"], by, joinedload(Call.version))
    letters.require_room(call, by)
    return letters.file_letter(call, stored, asked["name"], "make_letter", by=by, at=at)
