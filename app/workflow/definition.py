"""The `workflow` part of a declaration type, parsed once into frozen dataclasses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACTIONS = {"recommend": "推荐", "decline": "不推荐", "return": "回退", "void": "无效申报"}
UNIT_ACTIONS = {"recommend": "通过并提交", "return": "退回"}
UNIT = "unit"  # the level of a step inside the declaring enterprise
UNIT_ROLE = "enterprise_administrator"
LEVELS = {UNIT: UNIT, "enterprise.county": "county", "enterprise.city": "city", "province": "province"}
NOT_IN_A_UNIT = ("office", "rank")
RETURN_TARGETS = frozenset({"applicant", "any_earlier_step"})
STEP_KEYS = frozenset(
    {"key", "label", "public_label", "role", "scope", "office", "when", "due", "actions", "batch", "rank"}
)
LONGEST = {"key": 40, "label": 60, "public_label": 40}  # what the processing record and the route can hold
LONGEST_ACTION = 40
WORKFLOW_KEYS = frozenset({"steps", "withdraw", "return_to", "decline"})


class WorkflowError(ValueError):
    """The workflow section is not well formed; `problems` says where and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class StepAction:
    """One thing that may be done at a step; `do` is recommend, decline, return or void."""

    do: str
    label: str
    opinion_required: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who acts (`role` at `level`), under which condition and until when."""

    key: str
    label: str
    public_label: str
    role: str
    level: str
    actions: tuple[StepAction, ...]
    when: Any = None
    due: str | None = None
    batch: bool = False
    rank: bool = False

    def action(self, do: str) -> StepAction | None:
        """Return the step's action of that kind, or None."""
        return next((a for a in self.actions if a.do == do), None)


@dataclass(frozen=True, slots=True)
class Workflow:
    """The ordered steps and what holds for all of them."""

    steps: tuple[Step, ...]
    withdraw: bool
    return_to_applicant: bool
    return_to_earlier: bool

    def step(self, key: str) -> Step:
        """Return a step by key; raises KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)


def parse_workflow(raw: Mapping[str, Any], *, roles: frozenset[str], source: str = "type.yaml") -> Workflow:
    """Parse the `workflow` mapping; raises WorkflowError naming every problem with its place."""
    problems: list[str] = []
    _unknown(raw, WORKFLOW_KEYS, f"{source} workflow", problems)
    steps = []
    for number, item in enumerate(raw.get("steps") or []):
        step = _parse_step(item, f"{source} workflow.steps[{number}]", roles, problems)
        if step:
            steps.append(step)
    _check_keys(steps, f"{source} workflow.steps", problems)
    _check_unit_steps(raw.get("steps") or [], f"{source} workflow.steps", problems)
    targets = _read_targets(raw.get("return_to", sorted(RETURN_TARGETS)), f"{source} workflow.return_to", problems)
    if problems:
        raise WorkflowError(problems)
    return Workflow(
        steps=tuple(steps),
        withdraw=raw.get("withdraw", "until_next_acts") == "until_next_acts",
        return_to_applicant="applicant" in targets,
        return_to_earlier="any_earlier_step" in targets,
    )


def _read_targets(raw: Any, place: str, problems: list[str]) -> frozenset[str]:
    if not isinstance(raw, list) or not all(isinstance(target, str) for target in raw):
        problems.append(f"{place}: a list of text is expected")
        return frozenset()
    problems.extend(f"{place}: unknown target {target!r}" for target in raw if target not in RETURN_TARGETS)
    return frozenset(raw)


def _check_keys(steps: list[Step], place: str, problems: list[str]) -> None:
    if not steps:
        problems.append(f"{place}: at least one step is needed")
    keys = [step.key for step in steps]
    problems.extend(f"{place}: duplicate key {key!r}" for key in sorted({k for k in keys if keys.count(k) > 1}))


def _check_unit_steps(raw: Sequence[Any], place: str, problems: list[str]) -> None:
    """A unit looks at what its individuals declare before any bureau does, through its administrator."""
    bureaus = False
    for number, item in enumerate(raw):
        inside = item.get("scope") == UNIT
        if inside and bureaus:
            problems.append(f"{place}[{number}]: a step of the unit must come before the steps of bureaus")
        if inside != (item.get("role") == UNIT_ROLE):
            problems.append(f"{place}[{number}]: scope {UNIT} and role {UNIT_ROLE} belong together")
        if inside:
            problems.extend(f"{place}[{number}]: a step of the unit has no {k}" for k in NOT_IN_A_UNIT if item.get(k))
        bureaus = bureaus or not inside
    if raw and not bureaus:
        problems.append(f"{place}: a step of a bureau is needed after those of the unit")


def _unknown(raw: Mapping[str, Any], known: frozenset[str], place: str, problems: list[str]) -> None:
    problems.extend(f"{place}: unknown key {key!r}" for key in raw if key not in known)


def _parse_step(raw: Mapping[str, Any], place: str, roles: frozenset[str], problems: list[str]) -> Step | None:
    _unknown(raw, STEP_KEYS, place, problems)
    missing = [key for key in ("key", "label", "role", "actions") if not raw.get(key)]
    if missing:
        problems.append(f"{place}: missing {', '.join(missing)}")
        return None
    texts = {"public_label": raw["label"]} | dict(raw)
    problems.extend(
        f"{place}.{name}: longer than {limit} characters"
        for name, limit in LONGEST.items()
        if len(str(texts[name])) > limit
    )
    if str(raw["role"]) not in roles:
        problems.append(f"{place}: unknown role {raw['role']!r}")
    scope = str(raw.get("scope", "province"))
    if scope not in LEVELS:
        problems.append(f"{place}: unknown scope {scope!r}")
    labels = ACTIONS | UNIT_ACTIONS if scope == UNIT else ACTIONS
    if not isinstance(raw["actions"], list):
        problems.append(f"{place}.actions: a list is expected")
        return None
    actions = tuple(_parse_action(item, place, labels, problems) for item in raw["actions"])
    if "recommend" not in {a.do for a in actions}:
        problems.append(f"{place}: a step without recommend is a dead end")
    return Step(
        key=raw["key"],
        label=raw["label"],
        public_label=raw.get("public_label", raw["label"]),
        role=raw["role"],
        level=LEVELS.get(scope, "province"),
        actions=actions,
        when=raw.get("when"),
        due=raw.get("due"),
        batch=bool(raw.get("batch")),
        rank=bool(raw.get("rank")),
    )


def _parse_action(
    raw: str | Mapping[str, Any], place: str, labels: Mapping[str, str], problems: list[str]
) -> StepAction:
    """Read `recommend` or `{do: recommend, label: 通过, opinion: required}`."""
    spec = dict(raw) if isinstance(raw, Mapping) else {"do": raw if isinstance(raw, str) else str(raw)}
    do = str(spec.get("do", ""))
    if do not in ACTIONS:
        problems.append(f"{place}.actions: unknown action {do!r}")
    if len(str(spec.get("label", ""))) > LONGEST_ACTION:
        problems.append(f"{place}.actions: label of {do!r} is longer than {LONGEST_ACTION} characters")
    opinion = spec.get("opinion", "optional" if do == "recommend" else "required")
    if do == "void" and opinion != "required":
        problems.append(f"{place}.actions: void always needs a reason")
    return StepAction(do=do, label=spec.get("label", labels.get(do, do)), opinion_required=opinion == "required")
