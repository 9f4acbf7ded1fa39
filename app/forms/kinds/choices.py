"""Kinds in which one picks: options of the type, a region, or a consent."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _

from .. import controls
from .base import FieldError, Kind, as_text
from .names import POSTED

if TYPE_CHECKING:
    from ..definition import Field

TICKED, UNTICKED = "☑", "☐"


def all_of(form: Any, name: str) -> list[Any]:
    """Return every value posted under a name, from a MultiDict or a plain dict."""
    if hasattr(form, "getlist"):
        return form.getlist(name)
    value = form.get(name)
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


class OneChoice(Kind):
    """One option; stored as its key."""

    options = frozenset({"choices"})
    needs = frozenset({"choices"})

    def clean(self, field: "Field", raw: Any) -> str | None:
        key = as_text(raw).strip()
        if not key:
            return None
        if key not in field.choice_labels:
            raise FieldError(_("请从列出的选项中选择1项"))
        return key

    def missing_message(self, field: "Field") -> Any:
        return _("请选择%(label)s", label=field.label)

    def show(self, field: "Field", clean: Any) -> str:
        return field.choice_labels[clean]

    def printed(self, field: "Field", stored: Any) -> str:
        return _marks(field, {stored})

    def wtf(self, field: "Field"):
        return controls.choice_field(field)


class ManyChoices(Kind):
    """Several options; stored as a list of keys in the order of the options."""

    options = frozenset({"choices", "min_items", "max_items"})
    needs = frozenset({"choices"})
    in_tables = False

    def clean(self, field: "Field", raw: Any) -> list[str] | None:
        picked = self._picked(raw)
        if not picked:
            return None
        if picked - field.choice_labels.keys():
            raise FieldError(_("请从列出的选项中选择"))
        if field.max_items and len(picked) > field.max_items:
            raise FieldError(_("最多选%(max)s项，现选了%(count)s项，请减少", max=field.max_items, count=len(picked)))
        if len(picked) < field.min_items:
            raise FieldError(_("至少选%(min)s项，现选了%(count)s项，请补选", min=field.min_items, count=len(picked)))
        return [key for key in field.choice_labels if key in picked]

    def _picked(self, raw: Any) -> set[str]:
        if raw is None:
            return set()
        items = raw if isinstance(raw, list | tuple) else [raw]
        return {text for text in (as_text(item).strip() for item in items) if text}

    def as_typed(self, raw: Any) -> Any:
        items = raw if isinstance(raw, list | tuple) else [raw]
        texts = (super(ManyChoices, self).as_typed(item) for item in items)
        return [text for text in texts if text] or None

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        if name not in form and name + POSTED not in form:
            return False, None
        return True, self.keep(field, all_of(form, name))

    def missing_message(self, field: "Field") -> Any:
        return _("请选择%(label)s", label=field.label)

    def show(self, field: "Field", clean: Any) -> str:
        return "、".join(field.choice_labels[key] for key in clean)

    def display(self, field: "Field", stored: Any) -> str:
        if not isinstance(stored, list):
            return super().display(field, stored)
        return "、".join(field.choice_labels.get(key, str(key)) for key in stored)

    def printed(self, field: "Field", stored: Any) -> str:
        return _marks(field, set(stored) if isinstance(stored, list) else set())

    def flaws(self, field: "Field") -> Iterator[str]:
        if field.max_items is not None and field.min_items > field.max_items:
            yield "min_items is greater than max_items"

    def hint(self, field: "Field") -> Any:
        return _("最多选%(max)s项", max=field.max_items) if field.max_items else ""

    def wtf(self, field: "Field"):
        return controls.choices_field(field, self.hint(field))


def _marks(field: "Field", picked: set[str | None]) -> str:
    lines = []
    for group in field.choices:
        marks = " ".join(f"{TICKED if choice.key in picked else UNTICKED}{choice.label}" for choice in group.choices)
        lines.append(f"{group.label}（{marks}）" if group.label else marks)
    return "\n".join(lines)


class Region(Kind):
    """A city, or a city and one of its counties, stored by name: `惠州市/惠城区`."""

    options = frozenset({"level"})
    in_tables = False

    def clean(self, field: "Field", raw: Any) -> str | None:
        parts = [part.strip() for part in as_text(raw).split("/")]
        if not any(parts):
            return None
        wanted = 1 if field.level == "city" else 2
        if len(parts) != wanted or not all(parts) or any(len(part) > 40 for part in parts):
            raise FieldError(self.pick_message(field))
        return "/".join(parts)

    def pick_message(self, field: "Field") -> Any:
        """Return the sentence for a region that is not one of those offered."""
        return _("请选择所在市") if field.level == "city" else _("请选择所在市和县（区）")

    def missing_message(self, field: "Field") -> Any:
        return self.pick_message(field)

    def outside_problems(
        self, field: "Field", stored: Any, files: Mapping[str, Sequence[Any]], context: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        offered = context.get("regions")
        clean = self.rule_value(field, stored)
        if not offered or clean is None:
            return
        city, _slash, county = clean.partition("/")
        if city not in offered or (county and county not in offered[city]):
            yield "invalid", self.pick_message(field)

    def show(self, field: "Field", clean: Any) -> str:
        return clean.replace("/", "")

    def flaws(self, field: "Field") -> Iterator[str]:
        if field.level not in ("city", "county"):
            yield "level must be city or county"

    def wtf(self, field: "Field"):
        return controls.region_field(field)


class Consent(Kind):
    """A statement that is agreed to by ticking; stored as True."""

    options = frozenset({"text_template"})
    needs = frozenset({"text_template"})
    in_tables = False
    own_block = True

    def clean(self, field: "Field", raw: Any) -> bool | None:
        if raw is True or raw in ("yes", "on", "true", "1"):
            return True
        if raw in (None, False, "", "no", "false", "0"):
            return None
        raise FieldError(_("请勾选以表示同意"))

    def read(self, field: "Field", form: Any, name: str) -> tuple[bool, Any]:
        if name not in form and name + POSTED not in form:
            return False, None
        return True, self.keep(field, form.get(name))

    def missing_message(self, field: "Field") -> Any:
        return _("请阅读并勾选：%(label)s", label=field.label)

    def show(self, field: "Field", clean: Any) -> str:
        return str(_("已承诺"))

    def wtf(self, field: "Field"):
        return controls.consent_field(field)
