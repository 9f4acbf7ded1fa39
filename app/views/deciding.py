"""The page on which a declaration is read and decided, wherever the person sits: what it shows and what it posts."""

from datetime import datetime
from typing import Any

from flask import g, request
from flask_babel import gettext

from .. import clock
from ..errors import AlreadyActed, DomainError, Invalid
from ..forms.fields import display
from ..models import Declaration, ReviewAction, ReviewRecord
from ..services.dossiers import Dossier
from ..services.turns import MAX_OPINION
from .cells import action_label
from .declaring.downloads import SHOWN_IN_PLACE


def page_facts(dossier: Dossier, refusal: DomainError | None, *, may_act: bool) -> dict[str, Any]:
    """Return what the page shows; after a refusal with everything that was typed."""
    actions = dossier.actions if dossier.is_current and may_act else []
    return {
        "title": dossier.declaration.title,
        "dossier": dossier,
        "declaration": dossier.declaration,
        "decisions": [a for a in actions if a.do != ReviewAction.WITHDRAW.value],
        "withdrawal": next((a for a in actions if a.do == ReviewAction.WITHDRAW.value), None),
        "refusal": refusal,
        "lost_race": isinstance(refusal, AlreadyActed),
        "errors": (refusal.details.get("fields") or {}) if refusal else {},
        "typed": request.form if refusal else {},
        "display": display,
        "viewable": SHOWN_IN_PLACE,
        "max_opinion": MAX_OPINION,
    }


def submission_asked_for() -> int | None:
    """Return the number of the submission to show, None for the one under review."""
    text = request.args.get("submission", "")
    return int(text[:9]) if text.isascii() and text.isdigit() else None


def read_decision() -> dict[str, Any]:
    """Read what the person decided from the posted form."""
    form = request.form
    return {
        "by": g.user,
        "at": g.arrived_at,
        "seq": form.get("seq", default=-1, type=int),
        "opinion": form.get("opinion", ""),
        "to": form.get("to") or None,
        "straight_back": form.get("straight_back") == "1",
        "due_at": _moment(form.get("due_at", "")) if form.get("do") == ReviewAction.RETURN.value else None,
    }


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return clock.read(text.strip())
    except ValueError:
        message = gettext("请按“年-月-日 时:分”填写截止时间。")
        raise Invalid(message, fields={"due_at": message}) from None


def outcome(declaration: Declaration, entry: ReviewRecord) -> str:
    """Return the sentence that tells what has become of the declaration."""
    facts = {
        "title": declaration.title,
        "action": action_label(entry.action.value, entry.action_label),
        "to": entry.to_label,
    }
    if entry.action is ReviewAction.RETURN and declaration.due_at:
        return gettext("“%(title)s”已退回至%(to)s，办理截止 %(due)s。", due=clock.show(declaration.due_at), **facts)
    if entry.action is ReviewAction.RETURN:
        return gettext("“%(title)s”已退回至%(to)s。", **facts)
    if entry.action is ReviewAction.WITHDRAW:
        return gettext("“%(title)s”已撤回，现在%(to)s环节。", **facts)
    if entry.to_step is None:
        return gettext("“%(title)s”已办结：%(action)s。", **facts)
    return gettext("“%(title)s”已%(action)s，送至%(to)s。", **facts)
