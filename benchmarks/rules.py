"""Rules and form classes: evaluating twenty rules, and making the classes of a long form: `make bench-rules`.

Rules of the shipped types are evaluated over a filled declaration, against the same conditions written in Python on the
same exact figures: the price of rules that are data, bounded and three-valued. Classes are made for a version of sixty
fields without anything kept, and read again as every later request does, which is the baseline.
"""

import argparse
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from typing import Any

from app.forms.builder import _form_class, section_form
from app.forms.definition import TypeDefinition, parse_type
from app.forms.package import load_package, shipped_packages
from app.forms.rules import evaluate

from .parts import describe_machine, finish, in_turns, milliseconds, ratio, say, seconds, table

RULES, FIELDS, REPEATED = 20, 60, 50
AIM_RULES, AIM_CLASSES = 0.001, 0.005  # seconds
FIGURES = {"staff": Decimal(268), "rest": Decimal(63), "assets": Decimal("12860.5"), "fixed": Decimal("4320.25")}
ROWS = [{"kind": "a" if number % 3 else "b"} for number in range(10)]
ANSWERS = {**FIGURES, "field": "a", "list": ROWS}
AS_DATA = [
    {"<=": [{"var": "fixed"}, {"var": "assets"}]},
    {"and": [{"==": [{"var": "field"}, "a"]}, {">": [{"var": "staff"}, {"var": "rest"}]}]},
    {">=": [{"count": [{"var": "list"}, {"==": [{"var": "row.kind"}, "a"]}]}, 5]},
    {">": [{"round": [{"/": [{"+": [{"var": "assets"}, {"var": "fixed"}]}, 3]}, 2]}, 100]},
]
AS_CODE: list[Callable[[dict[str, Any]], Any]] = [
    lambda a: a["fixed"] <= a["assets"],
    lambda a: a["field"] == "a" and a["staff"] > a["rest"],
    lambda a: sum(1 for row in a["list"] if row["kind"] == "a") >= 5,
    lambda a: round((a["assets"] + a["fixed"]) / 3, 2) > 100,
]


def main() -> None:
    """Measure both pairs in turns and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    describe_machine()
    assert [evaluate(rule, ANSWERS) for rule in AS_DATA] == [judge(ANSWERS) for judge in AS_CODE]
    definition = _long_type()
    times = in_turns(
        {
            "20 rules as data": lambda: seconds(lambda: _times(_evaluate_data)) / REPEATED,
            "20 conditions in Python": lambda: seconds(lambda: _times(_evaluate_code)) / REPEATED,
            "classes of 60 fields, made": lambda: _make(definition),
            "classes of 60 fields, kept": lambda: seconds(lambda: _read(definition)),
        },
        given.rounds,
    )
    table(("side", "ms"), [(name, milliseconds(found)) for name, found in times.items()])
    say(f"aims: 20 rules {AIM_RULES * 1000} ms, classes {AIM_CLASSES * 1000} ms")
    data, code, made, kept = times.values()
    finish(
        {
            "rules_seconds": round(median(data), 6),
            "rules_to_python": ratio(data, code),
            "classes_seconds": round(median(made), 6),
            "classes_made_to_kept": ratio(made, kept),
        }
    )


def _times(work: Callable[[], Any]) -> None:
    for _time in range(REPEATED):
        work()


def _evaluate_data() -> None:
    for number in range(RULES):
        evaluate(AS_DATA[number % len(AS_DATA)], ANSWERS)


def _evaluate_code() -> None:
    for number in range(RULES):
        AS_CODE[number % len(AS_CODE)](ANSWERS)


def _long_type() -> TypeDefinition:
    """Return the shipped type with the fields of its sections repeated until there are sixty."""
    body = load_package(shipped_packages()[0])
    fields = [{"key": f"extra_{n}", "type": "money", "label": f"金额{n}", "span": 6} for n in range(FIELDS)]
    known = sum(len(section["fields"]) for section in body["sections"])
    extra = {"key": "extra", "title": "补充", "fields": fields[: max(FIELDS - known, 1)]}
    return parse_type({**body, "sections": [*body["sections"], extra]})


def _make(definition: TypeDefinition) -> float:
    _form_class.cache_clear()
    return seconds(lambda: _read(definition))


def _read(definition: TypeDefinition) -> None:
    for section in definition.sections:
        section_form(definition, section.key)


if __name__ == "__main__":
    main()
