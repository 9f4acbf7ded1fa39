"""WTForms widgets: inputs with label, hint and error references and the data attributes that the browser code reads.

Every id equals the name; the dotted path is `data-path`. Markup is put together from `html_params` and `escape` only.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape
from wtforms import Field as WTField
from wtforms.widgets.core import html_params

from .kinds.names import POSTED

if TYPE_CHECKING:
    from .controls import AnswerField
    from .definition import Field

DESCRIBING = ("aria-describedby", "aria-invalid", "aria-required")
SHORT_TEXT = 400
"""Up to this many characters a text gets a low box."""
ISO = {"date": re.compile(r"\d{4}-\d\d-\d\d"), "month": re.compile(r"\d{4}-\d\d")}


def html(text: str) -> Markup:
    """Return text as markup; everything variable in it must have been escaped."""
    return Markup(text)  # noqa: S704 the one place; see the head of the module


def rule_json(rule: Any) -> str:
    """Return a rule as compact JSON for a data attribute."""
    return json.dumps(rule, ensure_ascii=False, separators=(",", ":"))


def attributes(control: WTField, **more: Any) -> dict[str, Any]:
    """Return the HTML attributes that every input of a control shares."""
    spec = control.spec
    hinted = (control.hint or spec.help) and not control.bare
    described = f"{control.name}-hint {control.name}-error" if hinted else f"{control.name}-error"
    shared = {
        "data-path": control.name.replace("-", "."),
        "data-kind": spec.type,
        "aria-describedby": described,
        "aria-invalid": "true" if control.errors else False,
        "aria-required": "true" if spec.required else False,
        "aria-label": spec.label if control.bare else False,
        "placeholder": control.hint if control.bare and control.hint else False,
    }
    return {key: value for key, value in (shared | more).items() if value is not False}


class TextInput:
    """An input of one line; a date or month that is not ISO text is shown as it was typed."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        text = control.text()
        kind = control.input_type
        if kind in ISO and text and not ISO[kind].fullmatch(text):
            kind = "text"
        more = {"inputmode": control.input_mode or False, "readonly": control.spec.readonly or False}
        params = attributes(control, **more, **limits(control.spec))
        kwargs.setdefault("class_", "form-control")
        return html(
            f"<input {html_params(type=kind, id=control.id, name=control.name, value=text, **params, **kwargs)}>"
        )


def limits(spec: "Field") -> dict[str, Any]:
    """Return the attributes from which the browser counts characters and checks figures early."""
    if spec.type in ("text", "longtext"):
        return {"data-min-chars": _given(spec.min), "data-max-chars": _given(spec.max)}
    if spec.type in ("int", "number", "money", "percent"):
        shared = {"data-min": _given(spec.min), "data-max": _given(spec.max), "data-unit": spec.unit or False}
        return shared | {"data-decimals": str(spec.decimals)}
    return {}


def _given(value: Any) -> Any:
    return False if value is None else str(value)


class TextArea:
    """An input of several lines."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        kwargs.setdefault("class_", "form-control")
        kwargs.setdefault("rows", 3 if control.bare or (control.spec.max or 0) <= SHORT_TEXT else 8)
        params = attributes(control, readonly=control.spec.readonly or False, **limits(control.spec))
        opening = html_params(id=control.id, name=control.name, **params, **kwargs)
        return html(f"<textarea {opening}>\n{escape(control.text())}</textarea>")


class Radios:
    """Open options of which one is picked."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        params = attributes(control)
        describing = {name: params.pop(name) for name in DESCRIBING if name in params}
        group = html_params(id=control.id, role="radiogroup", class_="options", **_named_by(control), **describing)
        shared = {"type": "radio", "name": control.name, **_without(params, "aria-label", "placeholder")}
        inputs = "".join(
            _option(shared, control.name, choice, choice.key == control.data)
            for group_ in control.spec.choices
            for choice in group_.choices
        )
        return html(f"<div {group}>{inputs}</div>")


class Checkboxes:
    """Options of which several are picked, group by group."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        picked = set(control.data) if isinstance(control.data, list) else set()
        params = attributes(control, **{"data-max-items": _given(control.spec.max_items)})
        describing = {name: params.pop(name) for name in DESCRIBING if name in params}
        describing.pop("aria-required", None)
        shared = {"type": "checkbox", "name": control.name, **params}
        groups = "".join(self._group(control, group, shared, picked) for group in control.spec.choices)
        outer = html_params(id=control.id, role="group", class_="option-groups", **_named_by(control), **describing)
        return html(f"<div {outer}>{marker(control.name)}{groups}</div>")

    def _group(self, control: "AnswerField", group: Any, shared: dict[str, Any], picked: set[Any]) -> str:
        inputs = "".join(_option(shared, control.name, choice, choice.key in picked) for choice in group.choices)
        if not group.label:
            return f'<div class="options">{inputs}</div>'
        return f'<fieldset class="options"><legend>{escape(group.label)}</legend>{inputs}</fieldset>'


def _named_by(control: WTField) -> dict[str, str]:
    return {"aria-label": control.spec.label} if control.bare else {"aria-labelledby": f"{control.name}-label"}


def _without(params: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key not in names}


def _option(shared: dict[str, Any], name: str, choice: Any, checked: bool) -> str:
    params = html_params(id=f"{name}-{choice.key}", value=choice.key, checked=checked, **shared)
    return f'<label class="option"><input {params}> {escape(choice.label)}</label>'


def marker(name: str) -> Markup:
    """Return the hidden input that says a control was on the page though it may post nothing."""
    return html(f"<input {html_params(type='hidden', name=name + POSTED, value='1')}>")


class Select:
    """A list of which one is picked; groups come from the definition, or from the regions offered."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        kwargs.setdefault("class_", "form-control")
        current = control.text()
        if control.spec.readonly:
            return self._fixed(control, current, kwargs)
        groups = list(control.groups())
        offered = {key for _label, options in groups for key, _text in options}
        if current and current not in offered:
            groups.insert(0, ("", [(current, current.replace("/", ""))]))
        options = "".join(self._group(label, options, current) for label, options in groups)
        opening = html_params(id=control.id, name=control.name, **attributes(control), **kwargs)
        return html(f'<select {opening}><option value="">{escape(_("请选择"))}</option>{options}</select>')

    def _fixed(self, control: "AnswerField", current: str, kwargs: dict[str, Any]) -> Markup:
        shown = dict(option for _label, options in control.groups() for option in options).get(current)
        value = shown or current.replace("/", "")
        params = html_params(
            type="text", id=control.id, name=control.name, value=value, readonly=True, **attributes(control), **kwargs
        )
        return html(f"<input {params}>")

    def _group(self, label: str, options: list[tuple[str, str]], current: str) -> str:
        inner = "".join(
            f"<option {html_params(value=key, selected=key == current)}>{escape(text)}</option>"
            for key, text in options
        )
        return f"<optgroup {html_params(label=label)}>{inner}</optgroup>" if label else inner


class Tick:
    """One box to tick."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        params = attributes(control)
        box = html_params(
            type="checkbox", id=control.id, name=control.name, value="yes", checked=control.data is True, **params
        )
        text = escape(_("本单位已阅读并承诺上述内容"))
        return html(f'{marker(control.name)}<label class="option"><input {box}> {text}</label>')


class Output:
    """A computed figure; `data-computed` is its rule."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        spec = control.spec
        params = {
            "data-computed": rule_json(spec.value),
            "data-decimals": str(spec.decimals),
            "data-unit": spec.unit or False,
        }
        opening = html_params(id=control.id, class_="computed", **attributes(control, **params))
        return html(f"<output {opening}>{escape(control.shown or '—')}</output>")


class Slot:
    """The place of an attachment kind; the page that embeds the form fills it."""

    def __call__(self, control: "AnswerField", **kwargs: Any) -> Markup:
        params = _without(attributes(control), "aria-invalid", "aria-required") | _named_by(control)
        return html(f"<div {html_params(id=control.id, role='group', class_='attachment-slot', **params)}></div>")
