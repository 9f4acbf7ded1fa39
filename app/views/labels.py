"""企业标签: the labels of the site, and hanging them on enterprises."""

from collections.abc import Iterable
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import Select
from wtforms import RadioField, StringField
from wtforms.validators import Length

from ..errors import DomainError
from ..extensions import db
from ..models import Enterprise, Label, enterprise_label
from ..services import labels
from .base import ScopedInterface, ScopedModelView, ScopedView, allowed, came_from, tag
from .cells import UNKNOWN
from .filters import RelationFilter
from .model_forms import Filled, RelationField
from .paging import Order, Page, Place

MOST = 100  # enterprises at once: as many as a page may show


def tags_of(found: Iterable[Label]) -> Any:
    """Return labels as tags, or a dash."""
    return Markup(" ").join(tag(label.name, "warn") for label in found) or UNKNOWN


class LabelFilter(RelationFilter):
    """Enterprises that bear one label."""

    def __init__(self, name: str, label: Any) -> None:
        super().__init__(name, label, Enterprise.labels, lambda condition: condition)

    def condition(self, values: dict[str, str]) -> Any:
        key = self.related.read_key(values[self.name])
        if key is None:
            return None
        bearers = enterprise_label.select().with_only_columns(enterprise_label.c.enterprise_id)
        return Enterprise.id.in_(bearers.where(enterprise_label.c.label_id == key))


# ---------------------------------------------------------------- the labels themselves


class CountedLabels(ScopedInterface):
    """Labels with the number of enterprises that bear them, counted once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.label_uses = labels.uses_of([label.id for label in page.rows])
        return page


class LabelAdmin(ScopedModelView):
    """`/labels/`: the labels that may be hung on enterprises."""

    datamodel = CountedLabels(Label)
    route_base = "/labels"
    noun = _("企业标签")
    purpose = _("维护全平台共用的企业标签；给企业设置标签请在“企业管理”中勾选企业。")
    empty_hint = _("请点击“新增企业标签”，例如“专精特新”“重点培育”。")
    base_permissions = ["can_list", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "uses"]
    show_columns = ["name"]
    search_columns = ["name"]
    add_columns = ["name"]
    edit_columns = ["name"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    label_columns = {"name": _("标签名称"), "uses": _("使用企业数")}
    add_form_extra_fields = edit_form_extra_fields = {
        "name": StringField(
            _("标签名称"), [Filled(), Length(max=labels.LONGEST_NAME)], render_kw={"maxlength": labels.LONGEST_NAME}
        )
    }

    def row_url(self, row: Label) -> str:
        return url_for("EnterpriseAdmin.list", labels=row.id)

    def cell_uses(self, row: Label) -> str:
        return str(g.label_uses.get(row.id, 0))

    def create(self, form: FlaskForm) -> Label:
        return labels.add_label(g.user.site, form.name.data, by=g.user, at=g.arrived_at)

    def change(self, item: Label, form: FlaskForm) -> Label:
        labels.rename_label(item, form.name.data, by=g.user, at=g.arrived_at)
        return item

    def remove(self, item: Label) -> None:
        labels.remove_label(item, by=g.user, at=g.arrived_at)

    @expose("/delete/<pk>", methods=["GET", "POST"])
    @allowed("delete")
    def delete(self, pk):
        """Ask, saying how many enterprises bear the label, then delete."""
        if request.method == "POST":
            return super().delete(pk)
        label = self._find(pk)
        count = labels.uses_of([label.id]).get(label.id, 0)
        text = gettext("标签“%(name)s”已用于 %(count)s 家企业，删除后将从这些企业移除，不能恢复。",
                       name=label.name, count=count)  # fmt: skip
        return self._confirm_page(text, [label.name], fields=[], submit=gettext("删除标签"), danger=True)


# ---------------------------------------------------------------- hanging them


class HangingForm(FlaskForm):
    """One label, on or off."""

    label = RelationField(
        _("标签"), [Filled()], model=Label, options_url=lambda: url_for("EnterpriseAdmin.options", column="labels")
    )
    verb = RadioField(
        _("操作"), choices=[("hang", _("添加标签")), ("take_off", _("移除标签"))], default="hang",
        render_kw={"class": "options-list"},
    )  # fmt: skip


class EnterpriseLabelView(ScopedView):
    """`/enterprise-labels/`: one label on or off one enterprise or many, previewed and with a result for each."""

    route_base = "/enterprise-labels"
    rows = ScopedInterface(Enterprise, key="public_id")

    @expose("/", methods=["GET", "POST"])
    @allowed("edit")
    def index(self):
        """Show which enterprises are meant; then hang the label or take it off."""
        back = came_from(url_for("EnterpriseAdmin.list"))
        enterprises = self._picked()
        if not enterprises:
            flash(gettext("请先勾选要设置标签的企业"), "warning")
            return redirect(back)
        form = HangingForm()
        if form.validate_on_submit():
            return self._do(enterprises, form, back)
        page = self.render_template(
            "labels/hang.html", title=gettext("设置企业标签"), form=form, enterprises=enterprises, back=back,
            tags_of=tags_of,
        )  # fmt: skip
        return page, 422 if form.is_submitted() else 200

    def _picked(self) -> list[Enterprise]:
        keys = list(dict.fromkeys(request.values.getlist("rowid")))
        found = self.rows.find_all(keys[:MOST])
        if len(found) != len(keys):
            abort(404)
        return found

    def _do(self, enterprises: list[Enterprise], form: HangingForm, back: str):
        verb = labels.hang if form.verb.data == "hang" else labels.take_off
        results = [_change(verb, form.label.data, enterprise) for enterprise in enterprises]
        db.session.commit()
        if len(results) > 1:
            return self.render_template("skin/results.html", title=gettext("设置企业标签"), results=results, back=back)
        _subject, done, sentence = results[0]
        flash(sentence, "success" if done else "danger")
        return redirect(back)


def _change(verb: Any, label: Label, enterprise: Enterprise) -> tuple[str, bool, str]:
    """Change one enterprise within a savepoint of its own; return (subject, done, sentence)."""
    try:
        with db.session.begin_nested():
            verb(label, enterprise, by=g.user, at=g.arrived_at)
    except DomainError as refusal:
        return enterprise.name, False, str(refusal)
    words = gettext("已添加标签“%(label)s”") if verb is labels.hang else gettext("已移除标签“%(label)s”")
    return enterprise.name, True, words % {"label": label.name}
