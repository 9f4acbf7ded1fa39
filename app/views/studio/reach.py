"""影响范围: how many of the certified enterprises a draft lets in, and how many with other figures."""

from dataclasses import dataclass
from decimal import Decimal

from flask import g, request
from flask_appbuilder import expose
from flask_babel import gettext

from ...forms.definition import TypeDefinition
from ...forms.rules import parse_figure
from ...services import reach, type_drafts
from ..base import allowed
from .frame import StudioView, read_draft


@dataclass(frozen=True)
class Trial:
    """A threshold with what is typed for it; `figure` is None where nothing else is tried or it is no figure."""

    threshold: reach.Threshold
    typed: str
    figure: Decimal | None
    error: str = ""


class DraftReachView(StudioView):
    """Whom the gates of a draft let in."""

    default_view = "index"

    @expose("/<public_id>/reach")
    @allowed("read")
    def index(self, public_id):
        """Judge the gates over all certified enterprises in sight, as written and with the figures of the address."""
        draft = read_draft(public_id)
        definition = type_drafts.judge(draft).definition
        if definition is None:
            return self.page("reach", draft, stands=None)
        trials = [_trial(threshold) for threshold in reach.thresholds(definition)]
        tried = {trial.threshold.name: trial.figure for trial in trials if trial.figure is not None}
        definitions = [definition, *([reach.with_figures(definition, tried)] if tried else [])]
        stands, *others = reach.reach_of(definitions, g.user)
        page = self.page(
            "reach", draft, stands=stands, tried=others[0] if others else None, trials=_by_gate(definition, trials),
            total=reach.candidates(g.user), money_unit=definition.money_unit,
        )  # fmt: skip
        return page, 422 if any(trial.error for trial in trials) else 200


def _trial(threshold: reach.Threshold) -> Trial:
    typed = request.args.get(threshold.name, "").strip()[:40]
    if not typed:
        return Trial(threshold, "", None)
    figure = parse_figure(typed.replace(",", ""))
    if figure is None:
        return Trial(threshold, typed, None, gettext("请填写数字，例如 2000 或 0.5。"))
    return Trial(threshold, typed, figure if figure != threshold.figure else None)


def _by_gate(definition: TypeDefinition, trials: list[Trial]) -> list[tuple[str, list[Trial]]]:
    """Return (label of the gate, its figures) for the gates that have any."""
    gates = enumerate(definition.eligibility.gates)
    found = [(gate.label or gate.message, [t for t in trials if t.threshold.gate == n]) for n, gate in gates]
    return [(label, own) for label, own in found if own]
