"""设置责任科室: which office of the own bureau handles each call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import and_, not_, select
from wtforms import RadioField

from ..errors import DomainError
from ..extensions import db
from ..models import Call, Department, RegionKind, ResponsibleOffice
from ..permissions import bureau_of
from ..services import offices
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, tag
from .model_forms import Filled

MOST = 100  # calls at once: as many as a page may show


class OfficeForm(FlaskForm):
    """One office of the own bureau."""

    office = RadioField(_("责任科室"), [Filled()], coerce=int)


@dataclass(frozen=True)
class Assignments:
    """Which office of a bureau has which call, whom offices lack, and how many declarations wait."""

    offices: dict[int, Department]
    missing: dict[int, list[str]]
    waiting: dict[int, int]

    def lacking(self, office: Department) -> list[Any]:
        """Return what an office lacks before it can handle calls."""
        return offices.lacking(office, self.missing)

    @property
    def unfit(self) -> list[int]:
        """Return the calls whose office cannot handle them yet."""
        return [call_id for call_id, office in self.offices.items() if self.lacking(office)]


def assignments() -> Assignments:
    """Return the assignments of the own bureau, read once a request in three statements."""
    if "assignments" not in g:
        bureau = bureau_of(g.user)
        g.assignments = Assignments(
            offices.assigned_offices(bureau), offices.missing_people(bureau), offices.waiting_counts(bureau)
        )
    return g.assignments


class ResponsibleOfficeAdmin(ScopedModelView):
    """All calls with the office of the own bureau that handles them; those without one stand out."""

    datamodel = ScopedInterface(Call)
    route_base = "/responsible-offices"
    list_template = "responsible_offices/list.html"
    noun = _("责任科室")
    heading = _("设置责任科室")
    purpose = _(
        "项目申报前须为每个方向设置责任科室；地市未设置的方向不开放申报，已送达而没有责任科室的项目等待设置后办理。"
    )
    empty_hint = _("省级发布申报方向后会显示在这里。")
    base_permissions = ["can_list", "can_edit"]
    list_columns = ["name", "programme.name", "programme.year", "office", "readiness", "waiting", "closes_at"]
    show_columns = ["name"]
    edit_columns = ["name"]
    search_columns = ["programme.name", "name", "programme.year"]
    order_columns = ["closes_at"]
    base_order = ("closes_at", "desc")
    label_columns = {
        "programme.name": _("项目认定评定名称"),
        "name": _("方向"),
        "programme.year": _("年度"),
        "office": _("责任科室"),
        "readiness": _("准备情况"),
        "waiting": _("等待的项目"),
        "closes_at": _("申报截止"),
    }

    def tabs(self) -> Sequence[Tab]:
        assigned = select(ResponsibleOffice.call_id).where(ResponsibleOffice.bureau_id == bureau_of(g.user).id)
        unfit = Call.id.in_(assignments().unfit)
        return [
            Tab("all", _("全部"), Call.id > 0),
            Tab("unset", _("未设置"), Call.id.not_in(assigned)),
            Tab("unready", _("人员未配齐"), unfit),
            Tab("set", _("已就绪"), and_(Call.id.in_(assigned), not_(unfit))),
        ]

    def row_url(self, row: Call) -> str:
        return self._address("edit", row)

    def cell_office(self, row: Call) -> Any:
        office = assignments().offices.get(row.id)
        return tag(gettext("未设置"), "stop") if office is None else office.name

    def cell_readiness(self, row: Call) -> Any:
        """Say whether the office can work, or what it lacks."""
        office = assignments().offices.get(row.id)
        if office is None:
            at_city = g.user.department.region.kind is RegionKind.CITY
            return tag(gettext("未开放申报") if at_city else gettext("项目送达后将等待"), "warn")
        lacking = assignments().lacking(office)
        return Markup(" ").join(tag(what, "warn") for what in lacking) if lacking else tag(gettext("已就绪"), "ok")

    def cell_waiting(self, row: Call) -> Any:
        count = assignments().waiting.get(row.id, 0)
        return tag(gettext("%(count)s 项待转入", count=count), "stop") if count else "0"

    def list_context(self) -> dict[str, Any]:
        return super().list_context() | {"waiting_in_all": sum(assignments().waiting.values())}

    # ------------------------------------------------------------ setting one, or many

    @action("set_many", _("批量设置责任科室"), single=False)
    def set_many(self, calls: list[Call]):
        """Go on to the page where the office is picked for all of them."""
        return redirect(url_for(f"{self.endpoint}.set", rowid=[c.id for c in calls], back=came_from(self._list_url())))

    @action(
        "clear_many",
        _("取消责任科室"),
        _("取消后，下列方向在本单位没有责任科室：未提交的不再开放申报，已送达的项目等待重新设置。"),
        single=False,
    )
    def clear_many(self, calls: list[Call]):
        """Leave the calls without an office, each on its own; what stood there waits."""
        results = [_in_savepoint(call, _clear_one) for call in sorted(calls, key=lambda call: call.id)]
        db.session.commit()
        back = came_from(self._list_url())
        return self.render_template("skin/results.html", title=gettext("取消责任科室"), results=results, back=back)

    @expose("/edit/<pk>")
    @allowed("edit")
    def edit(self, pk):
        """Go to the page where the office is picked for this call."""
        return redirect(url_for(f"{self.endpoint}.set", rowid=[self._find(pk).id], back=came_from(self._list_url())))

    @expose("/set", methods=["GET", "POST"])
    @allowed("edit")
    def set(self):
        """Show which calls are meant and the offices to pick from; then set them one by one."""
        calls = self._picked()
        if not calls:
            flash(gettext("请先勾选要设置责任科室的方向"), "warning")
            return redirect(came_from(self._list_url()))
        form = OfficeForm()
        bureau = bureau_of(g.user)
        asked = request.args.get("name", "").strip()[:60]
        choices = [o for o in offices.offices_of(bureau) if asked in o.name]
        form.office.choices = [(o.id, o.name) for o in choices]
        if form.validate_on_submit():
            return self._set_all(calls, next(o for o in choices if o.id == form.office.data))
        if len(calls) == 1 and request.method != "POST" and calls[0].id in assignments().offices:
            form.office.data = assignments().offices[calls[0].id].id
        page = self.render_template(
            "responsible_offices/set.html",
            title=gettext("设置责任科室") if len(calls) == 1 else gettext("批量设置责任科室"),
            form=form,
            calls=calls,
            asked=asked,
            assignments=assignments(),
            lacking={o.id: assignments().lacking(o) for o in choices},
            back=came_from(self._list_url()),
        )
        return page, 422 if form.is_submitted() else 200

    def _picked(self) -> list[Call]:
        keys = list(dict.fromkeys(request.values.getlist("rowid")))
        calls = self.datamodel.find_all(keys[:MOST])
        if len(calls) != len(keys):
            abort(404)
        return calls

    def _set_all(self, calls: list[Call], office: Department):
        # calls stay locked until the commit: taken in one order by everybody, so that nobody waits in a ring
        ordered = sorted(calls, key=lambda call: call.id)
        results = [_in_savepoint(call, lambda call: _set_one(call, office)) for call in ordered]
        db.session.commit()
        back = came_from(self._list_url())
        if len(results) > 1:
            return self.render_template(
                "skin/results.html", title=gettext("批量设置责任科室"), results=results, back=back
            )
        _subject, done, sentence = results[0]
        flash(sentence, "success" if done else "danger")
        return redirect(back)


def _in_savepoint(call: Call, verb: Callable[[Call], str]) -> tuple[str, bool, str]:
    """Do something to one call within a savepoint of its own; return (subject, done, sentence)."""
    subject = f"{call.programme.name} / {call.name}"
    try:
        with db.session.begin_nested():
            return subject, True, verb(call)
    except DomainError as refusal:
        return subject, False, str(refusal)


def _set_one(call: Call, office: Department) -> str:
    waited = assignments().waiting.get(call.id, 0)
    offices.set_responsible_office(call, office, by=g.user, at=g.arrived_at)
    if waited:
        return gettext("已设为%(office)s，%(count)s 个等待的项目已转入", office=office.name, count=waited)
    return gettext("“%(call)s”的责任科室已设为%(office)s", call=call.name, office=office.name)


def _clear_one(call: Call) -> str:
    waiting = offices.clear_responsible_office(call, by=g.user, at=g.arrived_at)
    if waiting:
        return gettext("已取消，%(count)s 个项目等待重新设置责任科室", count=waiting)
    return gettext("已取消")
