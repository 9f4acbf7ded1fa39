"""企业认证: the pages of the wizard in their order, what each asks for and what is still wrong on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from ..models import Certification
from . import code_lists, enterprises
from .particulars import BY_NAME, COUNTY, Particular, problems_of, required, tidy

NAME, ENTERPRISE, LEGAL, AGENT, PLATFORM, FILES, CONFIRM = (
    "name", "enterprise", "legal", "agent", "platform", "files", "confirm",
)  # fmt: skip
BUSINESS_KINDS = "business_kinds"
SKIPPED = "skipped"
YES, NO = "yes", "no"
ANSWERS = {YES: _("是"), NO: _("否")}


@dataclass(frozen=True)
class Page:
    """One page: `optional` ones may be skipped."""

    key: str
    title: Any
    purpose: Any
    fields: Sequence[Particular] = ()
    optional: bool = False


@dataclass(frozen=True)
class FileKind:
    """A kind of evidence."""

    key: str
    label: Any
    hint: Any
    most: int = 1


@dataclass(frozen=True)
class Step:
    """A page as the wizard shows it on top: how many points are open, and whether it was skipped."""

    page: Page
    open_points: int
    skipped: bool

    @property
    def is_done(self) -> bool:
        return not self.open_points and not self.skipped


PAGES = {
    page.key: page
    for page in (
        Page(
            NAME, _("名称查询"), _("请填写营业执照上的企业名称，系统将查询该企业是否已认证。"),
            (Particular("name", _("企业名称"), limit=120, required=True),),
        ),
        Page(
            ENTERPRISE, _("企业信息"), _("请按营业执照填写；所属市、县（区）决定由哪个部门审核。"),
            (
                Particular("credit_code", _("统一社会信用代码"), "credit_code", required=True), COUNTY,
                BY_NAME["kind"], BY_NAME["industry"],
                required(BY_NAME["established_on"]), BY_NAME["registered_capital"],
                BY_NAME["legal_representative"], BY_NAME["registry_authority"],
                BY_NAME["contact"], BY_NAME["contact_phone"], BY_NAME["email"], BY_NAME["website"],
                BY_NAME["address"], BY_NAME["postcode"], BY_NAME["main_business"], BY_NAME["business_scope"],
            ),
        ),
        Page(
            LEGAL, _("法定代表人"), _("本模块根据实际业务需要填写，如果不需要认证，您可以点击跳过此步骤。"),
            (
                Particular("legal_name", _("姓名"), limit=40, required=True),
                Particular("legal_id_number", _("身份证号"), "id_number", required=True),
                Particular("legal_mobile", _("手机号码"), "mobile", required=True),
            ),
            optional=True,
        ),
        Page(
            AGENT, _("被授权人"), _("本模块根据实际业务需要填写，如果不需要认证，您可以点击跳过此步骤。"),
            (
                Particular("agent_name", _("姓名"), limit=40, required=True),
                Particular("agent_id_number", _("身份证号"), "id_number", required=True),
                Particular("agent_mobile", _("手机号码"), "mobile", required=True),
                Particular("agent_position", _("职务"), limit=40),
            ),
            optional=True,
        ),
        Page(
            PLATFORM, _("平台授权"), _("需要在本平台办理业务的，请选择“是”并勾选业务类型，可同时勾选多项。"),
            (
                Particular("wanted", _("是否需要平台授权"), "answer", required=True),
                Particular(BUSINESS_KINDS, _("业务类型"), "kinds"),
            ),
        ),
        Page(FILES, _("上传材料"), _("请上传清晰完整的扫描件或照片，格式为 PDF、JPG 或 PNG。")),
        Page(CONFIRM, _("确认提交"), _("请核对以下内容，提交后由所属县（区）或市的主管部门审核。")),
    )
}  # fmt: skip
ORDER = tuple(PAGES)

LICENCE, LEGAL_ID, AUTHORISATION, OTHER = "business_licence", "legal_id", "authorisation", "other_evidence"
FILE_KINDS = {
    kind.key: kind
    for kind in (
        FileKind(LICENCE, _("营业执照"), _("必须上传；事业单位、社会团体请上传相应的登记证书")),
        FileKind(LEGAL_ID, _("法定代表人身份证"), _("填写了法定代表人信息的，请上传正反面"), most=2),
        FileKind(AUTHORISATION, _("授权委托书"), _("填写了被授权人信息的，请上传加盖公章的委托书")),
        FileKind(OTHER, _("其他证明材料"), _("如有需要补充说明的材料，可在此上传"), most=5),
    )
}


def next_of(key: str) -> str:
    """Return the page after this one, the last page itself at the end."""
    return ORDER[min(ORDER.index(key) + 1, len(ORDER) - 1)]


def before(key: str) -> str | None:
    """Return the page before this one."""
    place = ORDER.index(key)
    return ORDER[place - 1] if place else None


def read_typed(key: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed on a page as it is kept; `typed` gives text, and a list for business kinds."""
    return {
        field.name: sorted(set(typed.get(field.name) or ())) if field.kind == "kinds"
        else tidy(field, typed.get(field.name) or "")
        for field in PAGES[key].fields
    }  # fmt: skip


def values_of(certification: Certification, key: str) -> dict[str, Any]:
    """Return what stands on a page."""
    if key == NAME:
        return {"name": certification.name}
    kept = certification.answers.get(key, {})
    return {field.name: kept.get(field.name, [] if field.kind == "kinds" else "") for field in PAGES[key].fields}


def is_skipped(certification: Certification, key: str) -> bool:
    """Tell whether an optional page is left out: skipped, or never filled in."""
    if not PAGES[key].optional:
        return False
    return bool(certification.answers.get(key, {}).get(SKIPPED)) or not any(values_of(certification, key).values())


def open_points(certification: Certification, key: str, at: datetime) -> dict[str, Any]:
    """Return {field or kind of file: what is still missing or wrong} of a page."""
    if is_skipped(certification, key):
        return {}
    if key == FILES:
        return _missing_files(certification)
    return page_problems(certification.site_id, key, values_of(certification, key), at) | _contradictions(
        certification, key
    )


def page_problems(site_id: int, key: str, values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return {field: what is wrong} of values of a page."""
    problems = problems_of([f for f in PAGES[key].fields if f.kind not in ("kinds", "answer")], values, at)
    if key == ENTERPRISE and enterprises.find_county(site_id, values[COUNTY.name]) is None:
        problems[COUNTY.name] = enterprises.NO_COUNTY
    if key == PLATFORM:
        problems |= _platform_problems(site_id, values)
    return problems


def _platform_problems(site_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    if values["wanted"] not in ANSWERS:
        return {"wanted": _("请选择“是”或“否”。")}
    chosen = set(values[BUSINESS_KINDS])
    if values["wanted"] == YES and not chosen:
        return {BUSINESS_KINDS: _("请至少勾选一项业务类型。")}
    if chosen - code_lists.offered(BUSINESS_KINDS, site_id).keys():
        return {BUSINESS_KINDS: _("所选业务类型已调整，请重新勾选。")}
    return {}


def _contradictions(certification: Certification, key: str) -> dict[str, Any]:
    """The person on the page of the legal representative is the one that the licence names."""
    if key != LEGAL:
        return {}
    named = values_of(certification, ENTERPRISE)["legal_representative"]
    if not named or values_of(certification, LEGAL)["legal_name"] in ("", named):
        return {}
    return {"legal_name": _("与企业信息中的法人代表“%(name)s”不一致，请核对。", name=named)}


def _missing_files(certification: Certification) -> dict[str, Any]:
    held = {file.kind for file in certification.files}
    wanted = {LICENCE: True, AUTHORISATION: not is_skipped(certification, AGENT)}
    return {
        kind: _("请上传%(kind)s。", kind=FILE_KINDS[kind].label)
        for kind, needed in wanted.items()
        if needed and kind not in held
    }


def steps_of(certification: Certification, at: datetime) -> list[Step]:
    """Return all pages but the last with what is open on them."""
    return [
        Step(page, len(open_points(certification, key, at)), is_skipped(certification, key))
        for key, page in PAGES.items()
        if key != CONFIRM
    ]


def reading_of(certification: Certification) -> list[tuple[Page, list[tuple[Any, Any]]]]:
    """Return [(page, [(label, value)])] of what was filled in; a page that was skipped has no lines."""
    kinds = code_lists.offered(BUSINESS_KINDS, certification.site_id)
    found = []
    for key in (ENTERPRISE, LEGAL, AGENT, PLATFORM):
        fields = [*PAGES[NAME].fields, *PAGES[key].fields] if key == ENTERPRISE else PAGES[key].fields
        values = {"name": certification.name} | values_of(certification, key)
        lines = [(field.label, _words(certification, field, values[field.name], kinds)) for field in fields]
        found.append((PAGES[key], [] if is_skipped(certification, key) else lines))
    return found


def _words(certification: Certification, field: Particular, value: Any, kinds: Mapping[str, str]) -> Any:
    if field.kind == "county":
        return f"{certification.city}{certification.county}" if certification.county else ""
    if field.kind == "kinds":
        return "、".join(kinds.get(code, code) for code in value)
    return ANSWERS.get(value, "") if field.kind == "answer" else value
