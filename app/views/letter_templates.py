"""推荐函模板: the wordings that letters are made from, the site's and each bureau's own."""

from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from ..models import LetterTemplate
from ..services import letter_templates
from .base import ScopedInterface, ScopedModelView, tag

LONGEST_BODY = 10_000


class LetterTemplateAdmin(ScopedModelView):
    """List and forms of the wordings; those of other bureaus can be read and not changed."""

    datamodel = ScopedInterface(LetterTemplate)
    route_base = "/letter-templates"
    list_template = "letters/templates.html"
    noun = _("推荐函模板")
    purpose = _("生成推荐函时带出的标题、主送单位和正文；省级模板供全平台使用，各单位可另设本单位模板。")
    empty_hint = _("新增模板后，经办人生成推荐函时即可选用。")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = ["name", "heading", "bureau"]
    show_columns = ["name", "heading", "addressee", "body", "bureau"]
    add_columns = edit_columns = ["name", "heading", "addressee", "body"]
    search_columns = ["name", "heading"]
    label_columns = {
        "name": _("模板名称"),
        "heading": _("标题"),
        "addressee": _("主送单位"),
        "body": _("正文"),
        "bureau": _("适用范围"),
    }
    description_columns = {
        "heading": _("可用占位符：%(words)s", words="、".join(f"{{{word}}}" for word in letter_templates.WORDS)),
        "addressee": _("例如 {上级单位}："),
    }
    add_form_extra_fields = edit_form_extra_fields = {
        "body": TextAreaField(
            _("正文"),
            validators=[InputRequired(), Length(max=LONGEST_BODY)],
            description=_("每行一段；{推荐项目清单} 单独成行，生成时在该处插入按推荐优先顺序排列的表格。"),
            render_kw={"rows": 14},
        )
    }

    def create(self, form: FlaskForm) -> LetterTemplate:
        item = LetterTemplate(site_id=g.user.site_id, bureau_id=letter_templates.owner_of(g.user))
        form.populate_obj(item)
        return letter_templates.save(item, by=g.user, at=g.arrived_at)

    def change(self, item: LetterTemplate, form: FlaskForm) -> LetterTemplate:
        form.populate_obj(item)
        return letter_templates.save(item, by=g.user, at=g.arrived_at)

    def remove(self, item: LetterTemplate) -> None:
        letter_templates.remove(item, by=g.user, at=g.arrived_at)

    def is_own(self, item: LetterTemplate) -> bool:
        """Tell whether the person may change the wording."""
        return letter_templates.may_change(item, g.user)

    def cell_bureau(self, row: LetterTemplate) -> Any:
        return row.bureau.name if row.bureau else tag(gettext("全平台"), "brand")
