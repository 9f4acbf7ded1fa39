"""引入附件: picking files of the enterprise's material library into an attachment kind of a draft."""

from typing import Any

from flask import flash, g, redirect, request
from flask_appbuilder import expose
from flask_babel import gettext

from ...errors import BadFile
from ...extensions import db
from ...forms.definition import Field
from ...models import Declaration, Material
from ...permissions import get_visible
from ...services import declarations, files, materials
from ..base import ScopedView, allowed
from .uploads import section_address

MEGABYTE = 1024 * 1024


class IntroductionView(ScopedView):
    """Materials of the own enterprise, offered for one attachment kind."""

    route_base = "/declarations"
    default_view = "index"

    @expose("/<public_id>/files/<field_key>/materials")
    @allowed("edit")
    def index(self, public_id, field_key):
        """Show the materials, and of those that do not fit, why."""
        declaration = declarations.read_own(public_id, g.user)
        declarations.require_editable(declaration, g.arrived_at)
        field = declarations.attachment_kind(declaration, field_key)
        present = {a.file_id for a in declaration.attachments if a.field_key == field_key}
        found = materials.materials_of(declaration.enterprise, g.user)
        return self.render_template(
            "declaring/form/introduce.html",
            title=gettext("引入附件"),
            declaration=declaration,
            field=field,
            present=present,
            lines=[(material, _unfit(field, material, present)) for material in found],
            back=section_address(declaration, field_key),
        )

    @expose("/<public_id>/files/<field_key>/materials", methods=["POST"])
    @allowed("edit")
    def introduce(self, public_id, field_key):
        """File the picked materials; each is taken or refused on its own."""
        declaration = declarations.read_own(public_id, g.user)
        picked = request.form.getlist("material")[: materials.MOST_MATERIALS]
        if not picked:
            raise BadFile(gettext("请先选择要引入的材料。"))
        refusals = [_take(declaration, field_key, get_visible(Material, str(one), g.user)) for one in picked]
        db.session.commit()
        taken = len(picked) - sum(map(bool, refusals))
        if taken:
            flash(gettext("已引入 %(count)s 个材料", count=taken), "success")
        for refusal in filter(None, refusals):
            flash(refusal, "danger")
        return redirect(section_address(declaration, field_key))


def _take(declaration: Declaration, field_key: str, material: Material) -> str | None:
    """File one material; returns the reason when it is refused."""
    try:
        declarations.attach_material(declaration, field_key, material, by=g.user, at=g.arrived_at)
    except BadFile as refusal:
        return str(refusal)
    return None


def _unfit(field: Field, material: Material, present: set[int]) -> Any:
    """Return why a material cannot be picked, or None."""
    if material.file_id in present:
        return gettext("已在附件中")
    if field.ext and files.ending_of(material.name) not in field.ext:
        return gettext("格式不符")
    return gettext("超过大小限制") if material.file.size > field.max_mb * MEGABYTE else None
