"""What the pages of the studio share: the draft in hand, its tabs, saving a part."""

from dataclasses import dataclass
from typing import Any

from flask import flash, g, url_for
from flask_babel import lazy_gettext as _

from ...errors import StaleRevision
from ...extensions import db
from ...models import TypeDraft
from ...permissions import get_visible
from ...services import type_drafts
from ..base import ScopedView


@dataclass(frozen=True)
class Tab:
    """A page of the studio about one part of a draft."""

    endpoint: str
    label: Any


TABS = [
    Tab("TypeDraftView.show", _("概览")),
    Tab("DraftBasicsView.index", _("基本信息")),
    Tab("DraftFormView.index", _("表单")),
    Tab("DraftDocumentsView.index", _("文书与列表")),
    Tab("DraftChecksView.index", _("校验")),
    Tab("DraftConditionsView.index", _("申报条件")),
    Tab("DraftWorkflowView.index", _("审核流程")),
    Tab("DraftReachView.index", _("影响范围")),
]


class StudioView(ScopedView):
    """A page about a draft; everything of the studio lies under one address."""

    route_base = "/type-drafts"

    def page(self, template: str, draft: TypeDraft, **more: Any) -> str:
        """Return a page of the studio with the tabs of the draft and what stands against publishing it."""
        tabs = [(tab.label, url_for(tab.endpoint, public_id=draft.public_id), tab.endpoint) for tab in TABS]
        judgement = type_drafts.judge(draft)
        return self.render_template(
            f"studio/{template}.html", title=draft.title, draft=draft, tabs=tabs, judgement=judgement, **more
        )


def read_draft(public_id: str) -> TypeDraft:
    """Return a draft that the person of this request may write; raises NotFound."""
    return get_visible(TypeDraft, str(public_id), g.user)


def save_part(draft: TypeDraft, part: str, value: Any, revision: int) -> bool:
    """Save a part and say so; tells whether nobody was faster. What was typed stays on the page otherwise."""
    try:
        type_drafts.save_part(draft, part, value, revision=revision, by=g.user, at=g.arrived_at)
    except StaleRevision as refusal:
        db.session.rollback()
        flash(str(refusal), "danger")
        return False
    db.session.commit()
    return True
