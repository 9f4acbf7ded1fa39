"""What operators keep up: the items of code lists, and holidays. Cells are edited in place, every change is noted."""

from typing import Any

from flask import flash, g, has_request_context, redirect, request
from flask_admin import Admin, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField
from wtforms.widgets import DateInput

from ..errors import BadFile
from ..extensions import db
from ..models import CodeListItem, Holiday
from ..services import holidays, list_items
from ..services.imports.holidays import holiday_template, read_holidays
from .ops_base import OpsModelView
from .uploads import send_workbook


def mount_lists(console: Admin) -> None:
    """Mount both lists."""
    console.add_view(CodeListItemAdmin(CodeListItem, db, name=_("代码表"), endpoint="ops_codes", url="codes"))
    console.add_view(HolidayAdmin(Holiday, db, name=_("节假日"), endpoint="ops_holidays", url="holidays"))


def _typed(form: Any, row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what the form brings; what it leaves out stays as it is."""
    return {name: form[name].data if name in form else getattr(row, name) for name in names}


class CodeListItemAdmin(OpsModelView):
    """Choices of forms: label, order and whether they are offered."""

    list_template = "ops/codes.html"
    column_list = ("label", "position", "enabled", "code", "group", "list")
    column_details_list = ("id", *column_list)
    column_labels = {
        "id": _("编号"),
        "list": _("代码表"),
        "list.title": _("代码表"),
        "list.key": _("代码表标识"),
        "group": _("分组"),
        "code": _("代码"),
        "label": _("名称"),
        "position": _("排序"),
        "enabled": _("可选"),
    }
    column_editable_list = ("label", "position", "enabled")
    column_filters = ("list.title", "list.key", "enabled")
    column_searchable_list = ("label", "code")
    column_default_sort = [("list_id", False), ("position", False), ("id", False)]

    def update_model(self, form: Any, item: CodeListItem) -> bool:
        """Keep what was typed into a cell."""
        values = _typed(form, item, ("label", "position", "enabled"))
        list_items.change_item(item, **values, by=g.user, at=g.arrived_at)
        db.session.commit()
        return True


class HolidayAdmin(OpsModelView):
    """Days off and weekend days that are worked."""

    list_template = "ops/holidays.html"
    column_list = ("day", "name", "works")
    column_details_list = ("id", "site_id", *column_list)
    column_labels = {
        "id": _("编号"),
        "site_id": _("站点"),
        "day": _("日期"),
        "name": _("名称"),
        "works": _("当天上班"),
    }
    column_editable_list = ("name", "works")
    column_filters = ("name", "works")
    column_searchable_list = ("name",)
    column_default_sort = ("day", True)
    form_columns = ("day", "name", "works")
    form_overrides = {"day": DateField}
    form_args = {"day": {"widget": DateInput()}}

    @property
    def can_create(self) -> bool:
        """Adding is open to those whose role grants it."""
        return has_request_context() and self.grants("create_view")

    @property
    def can_delete(self) -> bool:
        """So is taking out."""
        return has_request_context() and self.grants("delete_view")

    def create_model(self, form: Any) -> Holiday:
        """Add a day to the site that is shown."""
        day, name, works = form.day.data, form.name.data, form.works.data
        added = holidays.add_holiday(g.site.id, day, name, works=works, by=g.user, at=g.arrived_at)
        db.session.commit()
        return added

    def update_model(self, form: Any, holiday: Holiday) -> bool:
        """Keep what was typed into a cell."""
        holidays.change_holiday(holiday, **_typed(form, holiday, ("name", "works")), by=g.user, at=g.arrived_at)
        db.session.commit()
        return True

    def delete_model(self, holiday: Holiday) -> bool:
        """Take a day out."""
        holidays.remove_holiday(holiday, by=g.user, at=g.arrived_at)
        db.session.commit()
        return True

    @expose("/template")
    def template(self):
        """Hand out the sheet to fill in."""
        return send_workbook(holiday_template(), gettext("节假日") + ".xlsx")

    @expose("/take_in", methods=("POST",))
    def take_in(self):
        """Put a year's list in place, all of it or nothing."""
        if not self.grants("take_in"):
            return self.inaccessible_callback("take_in")
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise BadFile(_("请选择要导入的文件。"))
        days = read_holidays(upload.stream)
        differing = holidays.take_in(g.site.id, days, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已读取 %(all)s 天，新增或更新 %(n)s 天", all=len(days), n=differing), "success")
        return redirect(self.get_url(".index_view"))
