"""The form by which a programme is repeated in the next year: its name, and the times of every call."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import FormField, StringField
from wtforms.validators import Length

from ..errors import Invalid
from ..models import Call, Programme
from ..services import programmes
from .model_forms import Filled, MomentField

TIMES = {"opens_at": _("申报开始时间"), "closes_at": _("申报结束时间"), "city_due_at": _("地市审核截止时间")}


class WindowForm(FlaskForm):
    """The times of one call."""

    class Meta:
        csrf = False

    opens_at = MomentField(TIMES["opens_at"], [Filled()])
    closes_at = MomentField(TIMES["closes_at"], [Filled()])
    city_due_at = MomentField(TIMES["city_due_at"])

    def validate(self, extra_validators=None) -> bool:
        """Judge the times together once each of them is one."""
        if not super().validate(extra_validators):
            return False
        try:
            programmes.require_window(self.opens_at.data, self.closes_at.data, self.city_due_at.data)
        except Invalid as refusal:
            for name, sentence in refusal.details["fields"].items():
                self[name].errors = [*self[name].errors, str(sentence)]
            return False
        return True


def copy_form(programme: Programme) -> FlaskForm:
    """Return the form of the year after a programme's, filled with its name and its times one year later.

    `rows` are its calls beside their own small forms.
    """
    year, calls = programme.year + 1, programmes.calls_to_repeat(programme)

    class CopyForm(FlaskForm):
        name = StringField(
            _("项目认定评定名称"), [Filled(), Length(max=120)], default=programmes.name_in(programme, year)
        )

    for call in calls:
        setattr(CopyForm, f"call_{call.id}", FormField(WindowForm, default=programmes.window_in(call, year)))
    form = CopyForm()
    form.year, form.programme = year, programme
    form.rows = [(call, form[f"call_{call.id}"].form) for call in calls]
    form.versions = {call.id: _version_in_words(call) for call in calls}
    return form


def _version_in_words(call: Call) -> str:
    try:
        version = programmes.version_to_repeat(call)
    except Invalid as refusal:
        return str(refusal)
    named = f"{version.type.title} v{version.number}"
    return named if version is call.version else gettext("%(named)s（原版本已停用）", named=named)
