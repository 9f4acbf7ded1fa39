"""企业认证, the applicant's side: filled in page by page, kept as typed at any step, and handed in once it is complete.

An enterprise counts as certified, so that others join it instead, once it has an administrator.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from ..errors import BadFile, Closed, Conflict, Incomplete, Invalid, StaleRevision
from ..extensions import db
from ..models import (
    Account,
    Certification,
    CertificationFile,
    CertificationState,
    Enterprise,
    Membership,
    MembershipRole,
)
from ..permissions import get_visible, visible
from . import audit, enterprises, files
from .certification_pages import (
    CONFIRM,
    ENTERPRISE,
    FILE_KINDS,
    NAME,
    PAGES,
    SKIPPED,
    open_points,
    page_problems,
    read_typed,
    values_of,
)
from .particulars import COUNTY, LONGEST, is_credit_code
from .signs import hold, require_unchanged

EDITABLE = frozenset({CertificationState.DRAFT, CertificationState.RETURNED})
MOST_MEGABYTES = 20
MEGABYTE = 1024 * 1024
ENDINGS = frozenset({"pdf", "jpg", "jpeg", "png"})


# ---------------------------------------------------------------- which one


def own_certification(by: Account) -> Certification | None:
    """Return the person's newest certification; one that led to an enterprise long left counts no more."""
    newest = (
        select(Certification)
        .where(Certification.account_id == by.id, visible(Certification, by))
        .order_by(Certification.id.desc())
        .limit(1)
    )
    found = db.session.scalars(newest).first()
    if found and found.state is CertificationState.APPROVED and found.enterprise_id not in by.enterprise_ids:
        return None
    return found


def is_certified(site_id: int, name: str) -> bool:
    """Tell whether an enterprise of that name, however its brackets are typed, is certified and has an administrator.

    It is all that a stranger learns.
    """
    enterprise = select(Enterprise.id).where(
        Enterprise.site_id == site_id,
        Enterprise.name.in_(_spellings(name)),
        Enterprise.certified_at.is_not(None),
        _is_led(),
    )
    return db.session.scalars(enterprise.limit(1)).first() is not None


def _is_led(*, without: Account | None = None) -> Any:
    """The condition that somebody administers an enterprise, or somebody else than the person."""
    return exists().where(
        Membership.enterprise_id == Enterprise.id,
        Membership.role == MembershipRole.ADMINISTRATOR,
        Membership.account_id != (without.id if without else 0),
    )


def _spellings(name: str) -> set[str]:
    narrow = unicodedata.normalize("NFKC", name)
    return {name, narrow, narrow.replace("(", "（").replace(")", "）")}


# ---------------------------------------------------------------- filling in


def begin(name: str, *, by: Account, at: datetime, known: Mapping[str, str] | None = None) -> Certification:
    """Begin a certification, with what is known of the enterprise already; raises Invalid, or Conflict when certified.

    Who has one under way goes on with that: of two tabs, the second renames.
    """
    db.session.execute(select(Account.id).where(Account.id == by.id).with_for_update())
    values = _judged_name(by, name, at)
    found = own_certification(by)
    if found is not None and found.state is not CertificationState.APPROVED:
        save_page(found, NAME, values, None, by=by, at=at)
        return found
    certification = Certification(
        site_id=by.site_id, account_id=by.id, name=values["name"], answers={}, saved_at=at, files=[]
    )
    if known:
        _keep(certification, ENTERPRISE, read_typed(ENTERPRISE, known))
    db.session.add(certification)
    db.session.flush()
    audit.record("begin", certification, by=by, at=at, detail={"name": certification.name})
    return certification


def _judged_name(by: Account, name: str, at: datetime) -> dict[str, str]:
    values = read_typed(NAME, {"name": name})
    problems = page_problems(by.site_id, NAME, values, at)
    if problems:
        raise Invalid(problems["name"], fields=problems)
    if is_certified(by.site_id, values["name"]):
        raise Conflict(_("该企业已认证，只能申请加入该企业，成为企业员工账户。"), certified=values["name"])
    return values


def save_page(
    certification: Certification, key: str, typed: Mapping[str, Any], sign: str | None, *, by: Account, at: datetime
) -> None:
    """Keep a page as it was typed, right or wrong; raises Closed, StaleRevision, or Invalid beyond all measure.

    `sign` is the sign of what the page had shown; a name must be right to be kept.
    """
    values = read_typed(key, typed)
    require_unchanged(certification, lambda: values_of(certification, key), values, sign)
    _require_editable(certification)
    if key == NAME:
        values = _judged_name(by, values["name"], at)
    message = _("最多输入 %(limit)s 字，请删减。", limit=LONGEST)
    if too_long := {name: message for name, text in values.items() if len(text) > LONGEST}:
        raise Invalid(message, fields=too_long)
    _keep(certification, key, values)
    _note_change(certification, at)


def skip_page(certification: Certification, key: str, *, by: Account, at: datetime) -> None:
    """Leave an optional page out; what stands on it stays, in case the person comes back to it."""
    hold(certification)
    _require_editable(certification)
    if not PAGES[key].optional:
        raise Invalid(_("此步骤必须填写，不能跳过。"))
    kept = values_of(certification, key) | {SKIPPED: True}
    certification.answers = {**certification.answers, key: kept}
    _note_change(certification, at)


def _keep(certification: Certification, key: str, values: Mapping[str, Any]) -> None:
    if key == NAME:
        certification.name = values["name"]
        return
    certification.answers = {**certification.answers, key: dict(values)}
    if key == ENTERPRISE:
        code = values["credit_code"]
        certification.credit_code = code if is_credit_code(code) else None
        county = enterprises.find_county(certification.site_id, values[COUNTY.name])
        certification.county_id = county.id if county else None
        certification.city_id = county.parent_id if county else None


def _note_change(certification: Certification, at: datetime) -> None:
    certification.revision += 1
    certification.saved_at = at
    db.session.flush()


def _require_editable(certification: Certification) -> None:
    if certification.state not in EDITABLE:
        raise Closed(_("认证内容已提交，审核期间不能修改。"))


# ---------------------------------------------------------------- evidence


def add_file(
    certification: Certification, kind: str, stream: BinaryIO, name: str, *, by: Account, at: datetime
) -> CertificationFile:
    """Keep a file as evidence, judged by its content; raises BadFile, Closed or Invalid."""
    hold(certification)
    _require_editable(certification)
    if kind not in FILE_KINDS:
        raise Invalid(_("请选择材料类别。"), fields={})
    name = files.clean_name(name)
    if files.ending_of(name) not in ENDINGS:
        raise BadFile(_("“%(name)s”格式不支持，请上传 PDF、JPG 或 PNG 文件。", name=name))
    most = FILE_KINDS[kind].most
    if sum(file.kind == kind for file in certification.files) >= most:
        raise BadFile(_("此类材料最多 %(limit)s 个，请先删除原有文件。", limit=most))
    stored = files.store(stream, name, site_id=certification.site_id, max_bytes=MOST_MEGABYTES * MEGABYTE)
    file = CertificationFile(kind=kind, name=name, file=stored, uploaded_at=at)
    certification.files.append(file)
    _note_change(certification, at)
    audit.record("add_file", certification, by=by, at=at, detail={"kind": kind, "name": name})
    return file


def remove_file(public_id: str, *, by: Account, at: datetime) -> Certification:
    """Take a file out of the own certification; raises NotFound or Closed."""
    file = get_visible(CertificationFile, public_id, by)
    certification = file.certification
    hold(certification)
    _require_editable(certification)
    audit.record("remove_file", certification, by=by, at=at, detail={"kind": file.kind, "name": file.name})
    certification.files.remove(file)
    _note_change(certification, at)
    return certification


# ---------------------------------------------------------------- handing in


def all_open_points(certification: Certification, at: datetime) -> dict[str, dict[str, Any]]:
    """Return {page: {field: what is missing or wrong}} of pages with open points."""
    found = {key: open_points(certification, key, at) for key in PAGES if key != CONFIRM}
    return {key: problems for key, problems in found.items() if problems}


def submit(certification: Certification, revision: int, *, agreed: bool, by: Account, at: datetime) -> None:
    """Hand in what the person has just read; raises Closed, StaleRevision, Invalid, Incomplete or Conflict."""
    hold(certification)
    _require_editable(certification)
    if certification.revision != revision:
        raise StaleRevision(_("您打开本页后内容已有变化，请重新核对后再提交。"))
    if not agreed:
        message = _("请阅读并勾选承诺后再提交。")
        raise Invalid(message, fields={"agreed": message})
    problems = all_open_points(certification, at)
    if problems:
        count = sum(map(len, problems.values()))
        raise Incomplete(_("还有 %(count)s 处需要完善，请按提示补充后再提交。", count=count))
    _require_free(certification, by)
    _hand_in(certification, at)
    audit.record("submit", certification, by=by, at=at, detail={"credit_code": certification.credit_code})


def _require_free(certification: Certification, by: Account) -> None:
    """Neither name nor credit code may belong to an enterprise that somebody else administers already."""
    alike = Enterprise.name.in_(_spellings(certification.name)) | (Enterprise.credit_code == certification.credit_code)
    led = select(Enterprise.id).where(Enterprise.site_id == certification.site_id, alike, _is_led(without=by))
    if db.session.scalars(led.limit(1)).first() is not None:
        raise Conflict(_("该企业已有企业管理员，不能重复认证；请申请加入该企业，或联系主管部门核实。"))


def _hand_in(certification: Certification, at: datetime) -> None:
    """Of two people with one credit code the database lets one in."""
    try:
        with db.session.begin_nested():
            certification.state = CertificationState.SUBMITTED
            certification.submitted_at = at
            certification.revision += 1
            db.session.flush()
    except IntegrityError:
        message = _("该统一社会信用代码正由其他用户申请认证，审核结束前不能重复提交；如有疑问请联系主管部门。")
        raise Conflict(message) from None
