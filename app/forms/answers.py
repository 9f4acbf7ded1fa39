"""Answers of a declaration: read from a form, checked, frozen for submission, projected and compared.

Answers = {section key: {field key: stored value}}; a matrix is stored as {column: {row: value}}, a repeat as
[{"_id": "r1", column: value, …}]. Figures are strings. Invalid text stays as typed and is judged anew at every check.

`files` = {field key: [FileFacts]}; `context` = {"enterprise": {…}, "applicant": {…}, "guide": {…}, "call": {…},
"lists": {…}, "regions": {city: [county, …]}}; the names in it are listed in `vocabulary.py`.
"""

from .checking import check
from .conditions import hidden_paths, rule_context, shown_sections
from .eligibility import conditions_in_words, judge_gates, judge_indicators, quota
from .findings import Answers, Difference, FileFacts, Problem, Report, SectionState, Verdict
from .outcomes import differences, fill_in, for_submission, project, shown_at, subject, value_at, with_computed
from .reading import prefilled, read_section, update_section

__all__ = [
    "Answers",
    "Difference",
    "FileFacts",
    "Problem",
    "Report",
    "SectionState",
    "Verdict",
    "check",
    "conditions_in_words",
    "differences",
    "fill_in",
    "for_submission",
    "hidden_paths",
    "judge_gates",
    "judge_indicators",
    "prefilled",
    "project",
    "quota",
    "read_section",
    "rule_context",
    "shown_at",
    "shown_sections",
    "subject",
    "update_section",
    "value_at",
    "with_computed",
]
