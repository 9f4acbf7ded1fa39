"""专家登记: the card of a person who wants to score, shown and changed by themselves."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from ..errors import DomainError
from ..extensions import db
from ..models import Expert, RequestState
from ..services import code_lists, experts
from .account import put_refusal
from .base import ScopedView, allowed
from .model_forms import Filled

CARD = (
    ("kind", _("专家类别")),
    ("name", _("姓名")),
    ("phone", _("联系电话")),
    ("email", _("电子邮箱")),
    ("unit", _("所在单位")),
    ("rank", _("职称")),
    ("city", _("所在地市")),
    ("fields", _("擅长领域")),
)


def words_of(key: str) -> dict[str, str]:
    """Return {code: label} of a code list, read once a request."""
    kept = g.setdefault("expert_words", {})
    if key not in kept:
        kept[key] = code_lists.offered(key, g.user.site_id)
    return kept[key]


def kind_in_words(expert: Expert) -> str:
    """Return the kind of an expert as the site calls it."""
    return words_of(experts.KINDS).get(expert.kind, expert.kind)


def fields_in_words(expert: Expert) -> str:
    """Return the fields of an expert as the site calls them."""
    words = words_of(experts.FIELDS)
    return gettext("、").join(words.get(code, code) for code in expert.fields)


def _text(name: str, label: Any, **words: Any) -> StringField:
    limit = experts.LIMITS.get(name, 20)
    checks = [Filled(), Length(max=limit, message=_("最多输入%(max)d字"))]
    return StringField(label, checks, render_kw={"maxlength": limit} | words.pop("render_kw", {}), **words)


class CardForm(FlaskForm):
    """What an expert says of themselves."""

    kind = SelectField(_("专家类别"), [Filled()])
    name = _text("name", _("姓名"))
    phone = _text("phone", _("联系电话"), render_kw={"inputmode": "tel"})
    email = _text(
        "email", _("电子邮箱"), render_kw={"type": "email"}, description=_("审核结果和评审通知将发至该邮箱。")
    )
    unit = _text("unit", _("所在单位"), description=_("填写单位全称。"))
    rank = _text("rank", _("职称"), description=_("例如：教授级高级工程师。"))
    city_id = SelectField(
        _("所在地市"), [Filled()], coerce=lambda raw: int(raw) if str(raw).isdecimal() else None,
        description=_("由该市主管部门审核。"),
    )  # fmt: skip
    fields = SelectMultipleField(
        _("擅长领域"), [Filled()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        render_kw={"class": "options-list in-columns"},
        description=_("可选 1-%(most)s 项，评审项目时按此抽取专家。", most=experts.MOST_FIELDS),
    )  # fmt: skip

    def offer_choices(self) -> None:
        """Fill in what the site offers."""
        blank = ("", gettext("请选择"))
        self.kind.choices = [blank, *words_of(experts.KINDS).items()]
        self.city_id.choices = [blank, *((city.id, city.name) for city in experts.cities(g.user))]
        self.fields.choices = list(words_of(experts.FIELDS).items())

    def card(self) -> experts.Card:
        """Return what was typed."""
        typed = {name: self[name].data for name in experts.NAMES}
        return experts.Card(**typed | {"fields": tuple(typed["fields"] or ())})


class ExpertCardView(ScopedView):
    """`/expert/`: nothing here takes an id, everybody sees the own card alone."""

    route_base = "/expert"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the card and where it stands; lead to the form where there is none yet."""
        expert = experts.find_card(g.user)
        if expert is None:
            return redirect(url_for("ExpertCardView.edit"))
        return self.render_template(
            "experts/card.html", title=gettext("专家登记"), expert=expert, facts=_facts(expert),
            is_open=expert.state is RequestState.OPEN, is_refused=expert.state is RequestState.REFUSED,
        )  # fmt: skip

    @expose("/edit", methods=["GET", "POST"])
    @allowed("read")
    def edit(self):
        """Show the card in the form, or hand it in."""
        expert = experts.find_card(g.user)
        form = CardForm(obj=expert, data=None if expert else _known_of_person())
        form.offer_choices()
        if not form.validate_on_submit():
            return self._form(form, expert), 422 if form.is_submitted() else 200
        try:
            experts.hand_in(form.card(), by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            put_refusal(refusal, form)
            return self._form(form, expert), refusal.status
        flash(gettext("专家登记信息已提交"), "success")
        return redirect(url_for("ExpertCardView.index"))

    def _form(self, form: CardForm, expert: Expert | None) -> str:
        back = url_for("ExpertCardView.index") if expert else url_for("StartView.index")
        return self.render_template(
            "experts/edit.html", title=gettext("专家登记"), form=form, expert=expert, back=back,
            is_confirmed=expert is not None and expert.state is RequestState.GRANTED,
        )  # fmt: skip


def _known_of_person() -> dict[str, Any]:
    return {"name": g.user.name, "phone": g.user.mobile, "email": g.user.email}


def _facts(expert: Expert) -> list[tuple[Any, Any]]:
    """Return the card as label and value."""
    in_words = {"kind": kind_in_words(expert), "fields": fields_in_words(expert)}
    return [(label, in_words.get(name) or getattr(expert, name)) for name, label in CARD]
