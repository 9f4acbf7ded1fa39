"""附件材料: the enterprise's library of files, used again as attachments of its declarations."""

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select

from ...errors import BadFile, DomainError, Invalid, NotGranted
from ...extensions import db
from ...models import Material
from ...permissions import get_visible
from ...services import grants, materials
from ..base import ScopedInterface, ScopedModelView, allowed, came_from, show_size
from ..paging import Order, Page, Place
from .own import own_enterprise


class OwnMaterials(ScopedInterface):
    """Materials with the declarations that use them, read once a page."""

    def page(self, statement: Select, order: Order, place: Place, total: int | None = None) -> Page:
        page = super().page(statement, order, place, total)
        g.uses_of_materials = materials.uses_of(page.rows, g.user)
        return page


class OwnMaterialsView(ScopedModelView):
    """The library: upload, look, download, remove."""

    datamodel = OwnMaterials(Material, key="public_id")
    route_base = "/materials"
    noun = _("附件材料")
    purpose = _("营业执照、资质证书等常用材料上传一次，填报附件时点击“引入附件”即可反复使用。")
    empty_hint = _("点击“上传材料”添加第一个文件。")
    subject = "name"
    base_permissions = ["can_list", "can_add", "can_remove"]
    add_columns: list[str] = []
    list_template = "declaring/materials/list.html"
    list_columns = ["name", "kind", "file.size", "uploaded_at", "uses"]
    show_columns = []
    search_columns = ["name", "kind", "uploaded_at"]
    order_columns = ["uploaded_at"]
    base_order = ("id", "desc")
    label_columns = {
        "name": _("文件名称"),
        "kind": _("材料类别"),
        "file.size": _("大小"),
        "uploaded_at": _("上传时间"),
        "uses": _("使用情况"),
    }

    def conditions(self):
        return [Material.enterprise_id.in_(g.user.enterprise_ids)]

    def list_context(self) -> dict[str, Any]:
        return super().list_context() | {"may_keep": grants.MATERIALS in grants.held_now(g.user)}

    def _not_granted(self) -> NotGranted | None:
        return grants.refusal(g.user, own_enterprise().id, grants.MATERIALS)

    def row_url(self, row: Material) -> str:
        return url_for("MaterialView.file", public_id=row.public_id)

    def cell_file_size(self, row: Material) -> str:
        return show_size(row.file.size)

    def cell_uses(self, row: Material) -> str:
        """Return which declarations have the file among their attachments."""
        titles = g.uses_of_materials.get(row.id, [])
        if not titles:
            return gettext("尚未使用")
        if len(titles) == 1:
            return titles[0]
        return gettext("%(title)s 等 %(count)s 个项目", title=titles[0], count=len(titles))

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the form of an upload, or take it."""
        if request.method != "POST":
            return self._form(self._not_granted())
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise BadFile(gettext("请先选择要上传的文件。"))
            kind = request.form.get("kind", "").replace("\x00", "")
            materials.add_material(own_enterprise(), kind, upload.stream, upload.filename, by=g.user, at=g.arrived_at)
        except (BadFile, Invalid, NotGranted) as refusal:
            db.session.rollback()
            return self._form(refusal), refusal.status
        db.session.commit()
        flash(gettext("已上传“%(name)s”", name=upload.filename), "success")
        return redirect(url_for("OwnMaterialsView.list"))

    @expose("/<public_id>/remove", methods=["GET", "POST"])
    @allowed("remove")
    def remove(self, public_id):
        """Ask, then take a file out of the library."""
        material = get_visible(Material, str(public_id), g.user)
        back = came_from(url_for("OwnMaterialsView.list"))
        if request.form.get("confirmed") != "1":
            return self.render_template("skin/confirm.html", **_question(material, back))
        name = material.name
        materials.remove_material(material.public_id, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除“%(name)s”", name=name), "success")
        return redirect(back)

    def _form(self, refusal: DomainError | None = None) -> str:
        return self.render_template(
            "declaring/materials/add.html",
            title=gettext("上传材料"),
            refusal=refusal,
            kind=request.form.get("kind", ""),
            most_megabytes=materials.MOST_MEGABYTES,
            longest_kind=materials.LONGEST_KIND,
            kinds=sorted({m.kind for m in materials.materials_of(own_enterprise(), g.user)}),
        )


def _question(material: Material, back: str) -> dict[str, Any]:
    used = materials.uses_of([material], g.user)[material.id]
    text = gettext("确定从附件材料中删除下列文件？")
    if used:
        text += gettext("已引入该文件的 %(count)s 个项目保留各自的附件，不受影响。", count=len(used))
    return {
        "title": gettext("删除材料"),
        "text": text,
        "subjects": [material.name],
        "fields": [],
        "submit": gettext("删除材料"),
        "danger": True,
        "back": back,
    }
