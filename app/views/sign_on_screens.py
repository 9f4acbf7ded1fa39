"""统一身份认证 and 关联系统: who proves people for this site, and which systems rely on it; secrets stay hidden."""

from typing import Any

from flask import g
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import PasswordField, TextAreaField
from wtforms.validators import InputRequired, Length

from ..extensions import db
from ..models import IdentityProvider, LinkedSystem
from ..services.sign_on import linked_systems, providers
from ..services.sign_on.claims import STANDARD
from .base import ScopedInterface, ScopedModelView, allowed, tag


def _site_id() -> int:
    """Return whose site a new row belongs to; operators have none of their own and mean the one they look at."""
    return g.user.site_id or g.site.id


def _state(row: IdentityProvider | LinkedSystem) -> Markup:
    return tag(gettext("启用"), "ok") if row.enabled else tag(gettext("停用"), "wait")


class LinesField(TextAreaField):
    """A JSON list shown one item a line."""

    def _value(self) -> str:
        return "\n".join(self.data) if isinstance(self.data, list) else (self.data or "")


class NamesField(TextAreaField):
    """A JSON object shown one `key = value` a line."""

    def _value(self) -> str:
        return providers.write_names(self.data) if isinstance(self.data, dict) else (self.data or "")


def _secret_field(*, required: bool) -> PasswordField:
    checks = [Length(max=providers.LONGEST_SECRET)]
    return PasswordField(
        _("客户端密钥"),
        [InputRequired(_("请填写客户端密钥。")), *checks] if required else checks,
        description=_("由对方系统提供，保存后不再显示") if required else _("留空则沿用原密钥；保存后不再显示"),
        render_kw={"autocomplete": "off"},
    )


class IdentityProviderAdmin(ScopedModelView):
    """`/identity-providers/`: the ways in beside user name and password."""

    datamodel = ScopedInterface(IdentityProvider)
    route_base = "/identity-providers"
    noun = _("统一身份认证")
    purpose = _("启用后，登录页显示“使用‘…’登录”；企业、个人用户首次登录时绑定账号，政务用户按证件号码匹配。")
    empty_hint = _("向统一身份认证平台申请客户端标识和密钥后，在这里新增。")
    base_permissions = ["can_list", "can_add", "can_edit"]
    list_columns = ["name", "key", "audience", "issuer", "enabled", "position"]
    show_columns = ["name", "key", "audience", "issuer", "client_id", "enabled"]
    search_columns = ["name", "audience"]
    add_columns = edit_columns = [
        "name", "key", "audience", "issuer", "client_id", "client_secret", "claims", "enabled", "position",
    ]  # fmt: skip
    base_order = ("id", "asc")
    label_columns = {
        "name": _("名称"),
        "key": _("标识"),
        "audience": _("适用对象"),
        "issuer": _("签发地址（Issuer）"),
        "client_id": _("客户端标识"),
        "client_secret": _("客户端密钥"),
        "claims": _("字段对应"),
        "enabled": _("启用"),
        "position": _("排序"),
    }
    description_columns = {
        "name": _("显示在登录按钮上，例如“统一身份认证平台”"),
        "key": _("用于回调地址 /sign-on/<标识>/back，请将该地址登记到对方系统；启用后不宜更改"),
        "issuer": _("OpenID Connect 签发地址，以 https:// 开头，须与对方公布的完全一致"),
        "position": _("登录页按此从小到大排列"),
    }
    add_form_extra_fields = {
        "client_secret": _secret_field(required=True),
        "claims": NamesField(
            _("字段对应"), [Length(max=4000)], render_kw={"rows": 5},
            description=_("对方字段名与下列不同时填写，每行一条，例如 credit_code = corp.code。可用信息项：%(names)s",
                          names="、".join(STANDARD)),
        ),
    }  # fmt: skip
    edit_form_extra_fields = add_form_extra_fields | {"client_secret": _secret_field(required=False)}

    def cell_enabled(self, row: IdentityProvider) -> Markup:
        return _state(row)

    def create(self, form: FlaskForm) -> IdentityProvider:
        return providers.add_provider(_typed(form, self.add_columns), site_id=_site_id(), by=g.user, at=g.arrived_at)

    def change(self, item: IdentityProvider, form: FlaskForm) -> IdentityProvider:
        providers.change_provider(item, _typed(form, self.edit_columns), by=g.user, at=g.arrived_at)
        return item


class LinkedSystemAdmin(ScopedModelView):
    """`/linked-systems/`: systems of 快速链接 that sign people on through this platform."""

    datamodel = ScopedInterface(LinkedSystem)
    route_base = "/linked-systems"
    noun = _("关联系统")
    purpose = _("登记后，已登录本平台的用户从快速链接进入该系统无需再次登录。")
    empty_hint = _("新增后得到客户端标识和密钥，请交给该系统的建设单位配置。")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "renew_secret"]
    list_columns = ["name", "client_id", "start_url", "reads_id_numbers", "enabled"]
    show_columns = ["name", "client_id", "redirect_uris", "start_url", "reads_id_numbers", "enabled"]
    search_columns = ["name"]
    add_columns = edit_columns = ["name", "redirect_uris", "start_url", "reads_id_numbers", "enabled"]
    base_order = ("id", "asc")
    label_columns = {
        "name": _("系统名称"),
        "client_id": _("客户端标识"),
        "redirect_uris": _("回调地址"),
        "start_url": _("登录入口"),
        "reads_id_numbers": _("提供证件号码"),
        "enabled": _("启用"),
    }
    description_columns = {
        "start_url": _("该系统发起登录的网址；快速链接选择本系统时打开它"),
        "reads_id_numbers": _("仅在该系统须按证件号码识别人员时勾选"),
        "enabled": _("停用后立即不能再登录，已发放的凭据一并失效"),
    }
    add_form_extra_fields = edit_form_extra_fields = {
        "redirect_uris": LinesField(
            _("回调地址"), [InputRequired(_("请填写回调地址。")), Length(max=2100)], render_kw={"rows": 3},
            description=_("每行一个，须与该系统发来的完全一致，以 https:// 开头"),
        )
    }  # fmt: skip

    def cell_enabled(self, row: LinkedSystem) -> Markup:
        return _state(row)

    def cell_redirect_uris(self, row: LinkedSystem) -> Markup:
        return Markup("<br>").join(row.redirect_uris)

    def create(self, form: FlaskForm) -> LinkedSystem:
        system, g.new_secret = linked_systems.add_system(
            _typed(form, self.add_columns), site_id=_site_id(), by=g.user, at=g.arrived_at
        )
        return system

    def change(self, item: LinkedSystem, form: FlaskForm) -> LinkedSystem:
        linked_systems.change_system(item, _typed(form, self.edit_columns), by=g.user, at=g.arrived_at)
        return item

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self):
        """Show the empty form, or register a system and show its secret this once."""
        answer = super().add()
        return answer if "new_secret" not in g or isinstance(answer, tuple) else self._secret_page(g.new_system)

    def after_save(self, item: LinkedSystem) -> str:
        g.new_system = item
        return super().after_save(item)

    @action(
        "renew_secret", _("更换密钥"), _("更换后原密钥立即失效，下列系统须改用新密钥才能继续登录："), multiple=False
    )
    def renew_secret(self, chosen: Any):
        """Give a system another secret and show it this once."""
        (system,) = chosen
        g.new_secret = linked_systems.renew_secret(system, by=g.user, at=g.arrived_at)
        db.session.commit()
        return self._secret_page(system)

    def _secret_page(self, system: LinkedSystem) -> str:
        return self.render_template(
            "sign_on/secret.html",
            title=gettext("客户端密钥"),
            system=system,
            secret=g.new_secret,
            back=self._list_url(),
        )


def _typed(form: FlaskForm, names: list[str]) -> dict[str, Any]:
    return {name: form[name].data for name in names}
