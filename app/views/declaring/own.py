"""Whose enterprise the person of this request acts for."""

from flask import Response, flash, g, redirect, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from ...errors import NotFound
from ...models import Enterprise
from ...permissions import get_visible
from ...services.drafts import Draft


def own_enterprise() -> Enterprise:
    """Return the enterprise the person acts for, with its city and county; raises NotFound without one."""
    if not g.user.enterprise_ids:
        raise NotFound(_("您的账号尚未加入任何企业，请联系本单位的企业管理员。"))
    options = joinedload(Enterprise.city), joinedload(Enterprise.county)
    return get_visible(Enterprise, min(g.user.enterprise_ids), g.user, *options)


def to_reading(draft: Draft) -> Response:
    """Send the person to the reading page of a declaration that they cannot edit, with the reason."""
    flash(str(draft.refusal or draft.not_granted), "warning")
    return redirect(url_for("DeclarationView.index", public_id=draft.declaration.public_id))
