"""我要申报: the calls as the own enterprise meets them, and the way into each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...extensions import db
from ...forms import answers as forms
from ...forms.fields import KINDS
from ...models import Call, Funding
from ...permissions import get_visible
from ...services import calls, copying, declarations, individuals, matching, titles
from ...services.calls import Opening
from ...services.types import definition_of
from ..base import ScopedView, allowed
from .downloads import send_stored
from .own import own_enterprise


@dataclass(frozen=True)
class Group:
    """Calls under one heading."""

    label: Any
    openings: Sequence[Opening]


@dataclass(frozen=True)
class Matches:
    """Calls that may, or may not, be declared for."""

    label: str
    matches: Sequence[matching.Match]


REMEDIES = {
    matching.Remedy.CERTIFY: ("CertificationView.index", _("办理企业认证")),
    matching.Remedy.ENTERPRISE: ("OwnEnterpriseView.index", _("完善企业信息")),
}
"""Where what is missing can be mended."""


class DeclareView(ScopedView):
    """The calls to declare for."""

    route_base = "/declare"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the calls by kind of funding and group, those that are open first."""
        enterprise = own_enterprise()
        asked = request.args.get("q", "").replace("\x00", "").strip()[:60]
        funding = request.args.get("funding", "")
        found = calls.openings_for(enterprise, g.arrived_at, by=g.user)
        named = [o for o in found if _matches(o, asked)]
        shown = [o for o in named if funding in ("", o.call.programme.funding.value)]
        return self.render_template(
            "declaring/openings/index.html",
            title=gettext("我要申报"),
            enterprise=enterprise,
            groups=_grouped(shown),
            tabs=_tabs(named, funding, asked),
            asked=asked,
            funding=funding,
            any_call=bool(found),
            at=g.arrived_at,
        )

    @expose("/matching")
    @allowed("read")
    def matching(self):
        """Show the open and coming calls by whether the enterprise may declare, with everything that is missing."""
        enterprise = own_enterprise()
        found = matching.matches_for(enterprise, g.arrived_at, by=g.user)
        return self.render_template(
            "declaring/openings/matching.html",
            title=gettext("可申报方向"),
            groups=[
                Matches(gettext("可以申报"), [match for match in found if match.is_open]),
                Matches(gettext("暂不能申报"), [match for match in found if not match.is_open]),
            ],
            remedies=REMEDIES,
            at=g.arrived_at,
        )

    @expose("/<int:call_id>/", methods=["GET"])
    @allowed("read")
    def call(self, call_id):
        """Show one call with what it asks of whom."""
        enterprise = own_enterprise()
        opening = calls.opening_of(get_visible(Call, call_id, g.user), enterprise, g.arrived_at, by=g.user)
        definition = definition_of(opening.call.version)
        individual = individuals.individual_in(enterprise, g.user)
        facts = calls.context_for(opening.call, opening.terms, enterprise, individual)
        return self.render_template(
            "declaring/openings/call.html",
            title=opening.call.programme.name,
            opening=opening,
            gates=calls.judge_gates(definition, facts, titles.held_by(enterprise)),
            conditions=forms.conditions_in_words(definition, {}, facts),
            quota=forms.quota(definition, facts)[1],
            materials=definition.file_fields,
            hint=lambda field: KINDS[field.type].hint(field),
            at=g.arrived_at,
        )

    @expose("/<int:call_id>/", methods=["POST"])
    @allowed("edit")
    def start(self, call_id):
        """Open the enterprise's declaration for a call: the unfinished one, or a new draft."""
        call, enterprise = get_visible(Call, call_id, g.user), own_enterprise()
        begin = declarations.start_declaration if request.form.get("another") else declarations.resume_or_start
        declaration = begin(call, enterprise, by=g.user, at=g.arrived_at)
        is_new = declaration.created_at == g.arrived_at
        asks = is_new and bool(copying.earlier_of(declaration, g.user))
        db.session.commit()
        page = "CopyView.index" if asks else "DeclarationFormView.resume"
        return redirect(url_for(page, public_id=declaration.public_id))

    @expose("/<int:call_id>/guide")
    @allowed("read")
    def guide(self, call_id):
        """Hand out the city's guide of a call."""
        opening = calls.opening_of(get_visible(Call, call_id, g.user), own_enterprise(), g.arrived_at)
        return send_stored(*calls.guide_file(opening), attachment=True)


def _matches(opening: Opening, asked: str) -> bool:
    text = f"{opening.call.programme.name} {opening.call.name} {opening.call.group or ''}".lower()
    return all(word in text for word in asked.lower().split())


def _tabs(openings: Sequence[Opening], current: str, asked: str) -> list[tuple[str, Any, int, bool]]:
    """Return (address, label, count, chosen) of the kinds of funding."""
    kinds = [("", gettext("全部")), *((kind.value, kind.label) for kind in Funding)]
    return [
        (
            url_for("DeclareView.index", funding=value or None, q=asked or None),
            label,
            sum(value in ("", o.call.programme.funding.value) for o in openings),
            value == current,
        )
        for value, label in kinds
    ]


def _grouped(openings: Iterable[Opening]) -> list[Group]:
    by_label: dict[str, list[Opening]] = {}
    for opening in openings:
        programme = opening.call.programme
        label = f"{programme.funding.label} · {opening.call.group or programme.nature}"
        by_label.setdefault(label, []).append(opening)
    return [Group(label, sorted(rows, key=_urgency)) for label, rows in sorted(by_label.items())]


def _urgency(opening: Opening) -> tuple:
    """What can be done now first, then what runs, what comes, and what is over."""
    if opening.can_resume or opening.is_open:
        return 0, opening.resumable is None, opening.terms.closes_at.timestamp()
    if opening.terms and g.arrived_at < opening.terms.opens_at:
        return 2, False, opening.terms.opens_at.timestamp()
    is_running = opening.terms is not None and g.arrived_at <= opening.terms.closes_at
    return 1 if is_running else 3, False, -opening.call.closes_at.timestamp()
