"""Rules: a strict, bounded subset of JsonLogic, evaluated alike here and in `static/js/rules.js`.

A rule is JSON: a literal, a list, or `{operator: operands}` (one operand may stand without its list). The twin in the
browser passes the same vectors (`tests/unit/rule_vectors.json`), so every sentence below holds for both.

**Values.** A value is a figure, a text, a truth value, a list, or *unknown* (None). Figures are exact decimals on a
grid of 18 places; `*` and `/` round half up to it, and from 10^30 on a figure is unknown. Nothing is coerced: answers
that are stored as text become figures in the caller (`parse_figure`). A missing answer, null and the empty text are
unknown; an empty list is known to be empty. Rows of a record list are for `all`, `some`, `count`, `len` and
`missing`; in a result a row stands as unknown, as does a list within a list.

**Unknown never blocks and never satisfies.**
- An operand of the wrong kind (a text in a sum, a truth value in `<`) makes the result unknown: drafts hold such
  things.
- `and`, `or`, `!` follow Kleene: false decides `and`, true decides `or`, whatever else is unknown.
- `==`, `!=`: unknown when a side is; different kinds are unequal; lists are compared item by item; two rows are
  unknown.
- `< <= > >=`: two figures, or two dates as text (`2024-05`, `2024-05-31`; a month stands before its days).
- `between` [x, low, high] includes both borders and is the `and` of two comparisons: one exceeded border makes it
  false.
- `in` [x, list]: true when found; otherwise unknown if the list has an unknown item, else false. x is no list, and a
  text is never searched for a part.
- `if` takes the first branch whose condition is true; false and unknown pass on. Without an else the result is
  unknown.
- `all`, `some` over rows: one false row decides `all`, one true row decides `some`, then unknown rows make the result
  unknown. `all` of no rows is true, `some` is false. Inside the condition `row.column` is the row, `row` a plain
  item.
- `count` [list, condition?] counts the items *known* to meet the condition: what is not filled in is not claimed.
- `sum`, and `min` / `max` with one list, look at the figures given: unknown cells are left out; when all cells are
  unknown so is the result. The sum of no cells is 0, their min and max are unknown. With several operands `min` and
  `max` need them all.
- `/` by zero is unknown. `round` [x, places = 0] rounds half away from zero.
- `len` counts the characters of a text without white space (code points, not bytes) or the items of a list.
- `missing` is true when an operand is unknown or an empty list; it is never unknown itself.
- `var` [path, default?] walks `field`, `matrix.column.row`, `enterprise.name`; a record list on the way gives the
  list of its cells.

**Bounds.** 400 nodes and depth 24 (publishing), depth 24 and 20,000 steps (evaluation): a step is a node evaluated,
and one more for each hundred items of a list looked through. Exceeding them or a malformed rule raises RuleError; odd
data never does.
"""

from .checking import check_rule, paths
from .evaluation import evaluate
from .judging import Hit, Outcome, Verdict, first_hit, judge_indicator, overall_outcome
from .shape import RuleError
from .values import Rule, Value, parse_figure

__all__ = [
    "Hit",
    "Outcome",
    "Rule",
    "RuleError",
    "Value",
    "Verdict",
    "check_rule",
    "evaluate",
    "first_hit",
    "judge_indicator",
    "overall_outcome",
    "parse_figure",
    "paths",
]
