"""What a person may do for an enterprise: the administrator everything, an employee what the administrator grants."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _

from ..errors import Forbidden, NotGranted
from ..forms.definition import TypeDefinition
from ..models import Account, Membership, MembershipRole

FILL, SUBMIT, MATERIALS, ENTERPRISE = "fill", "submit", "materials", "enterprise"
LABELS = {
    FILL: _("填报申报书"),
    SUBMIT: _("提交申报"),
    MATERIALS: _("管理附件材料"),
    ENTERPRISE: _("维护企业信息"),
}
DEFAULT = (FILL, MATERIALS)  # what a new employee may do
OF_INDIVIDUALS = frozenset({FILL, SUBMIT})  # their own declarations; rows beyond those are out of their sight


def of(membership: Membership) -> frozenset[str]:
    """Return what a member may do; employees from before there were grants may do everything."""
    if membership.role is MembershipRole.INDIVIDUAL:
        return OF_INDIVIDUALS
    if membership.role is MembershipRole.ADMINISTRATOR or membership.grants is None:
        return frozenset(LABELS)
    return frozenset(membership.grants) & LABELS.keys()


def known(grants: Iterable[str]) -> list[str]:
    """Return those of the names that are grants, in their order, as they are stored."""
    wanted = set(grants)
    return [name for name in LABELS if name in wanted]


def membership_in(enterprise_id: int, account: Account) -> Membership | None:
    """Return by which membership the person acts for an enterprise now, or None."""
    return next((m for m in account.acting_memberships if m.enterprise_id == enterprise_id), None)


def held_by(account: Account, enterprise_id: int) -> frozenset[str]:
    """Return what the person may do for an enterprise now."""
    membership = membership_in(enterprise_id, account)
    return of(membership) if membership else frozenset()


def held_now(account: Account) -> frozenset[str]:
    """Return what the person of a request may do for the enterprise acted for."""
    return frozenset().union(*map(of, account.acting_memberships))


def refusal(account: Account, enterprise_id: int, *wanted: str) -> NotGranted | None:
    """Return why the person may do none of `wanted` for the enterprise, or None."""
    if held_by(account, enterprise_id).intersection(wanted):
        return None
    label = LABELS[wanted[0]]
    return NotGranted(_("您没有“%(grant)s”的权限，请联系本单位的企业管理员在“人员管理”中开通。", grant=label))


def require(account: Account, enterprise_id: int, *wanted: str) -> None:
    """Raise NotGranted unless the person may do one of `wanted` for the enterprise."""
    found = refusal(account, enterprise_id, *wanted)
    if found is not None:
        raise found


def not_declarer(definition: TypeDefinition, account: Account, enterprise_id: int) -> Forbidden | None:
    """Return why the person may not start or submit a declaration of this type for the enterprise, or None."""
    membership = membership_in(enterprise_id, account)
    is_employee = membership is not None and membership.role is MembershipRole.EMPLOYEE
    if is_employee and definition.applicants.declarers == "administrator":
        return Forbidden(_("本项目只能由企业管理员发起和提交，请联系本单位的企业管理员。"))
    return None
