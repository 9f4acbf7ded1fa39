"""A long menu of real screens: the number of entries must not show in what a page costs."""

from flask import Flask

from app import roles
from app.models import Department
from app.views.base import ScopedInterface, ScopedModelView

from . import MENU_ENTRIES


class SmallScreen(ScopedModelView):
    """A generated screen like any other; each menu entry gets a class of its own."""

    datamodel = ScopedInterface(Department)
    noun = purpose = "部门"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = ["name", "kind", "region", "head"]
    search_columns = ["name", "region", "kind"]
    add_columns = edit_columns = ["name", "kind", "region", "parent", "head"]
    label_columns = {"name": "名称", "kind": "类别", "region": "地区", "parent": "上级", "head": "负责人"}


def mount_menu(app: Flask, count: int = MENU_ENTRIES) -> None:
    """Add that many screens to the menu, open to everyone in government."""
    with app.app_context():
        for number in range(count):
            name = f"SmallScreen{number}"
            view = type(name, (SmallScreen,), {"route_base": f"/small/{number}"})
            roles.screen(name, roles.GOVERNMENT, ("can_list",))
            app.appbuilder.add_view(view, name, label=f"菜单第 {number + 1} 项", category="菜单", icon="fa-table")
