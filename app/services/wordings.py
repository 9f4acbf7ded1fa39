"""What people are told: the kinds of message, their default wording, and the words that stand in for facts.

A text names facts by Chinese words in braces, `{项目名称}`. Only the words of the kind are known, and they are put in
as they are: a text is no programme.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from ..errors import Invalid
from ..extensions import db
from ..models import MessageTemplate

# Kinds whose text proves who reads it: no screen shows it, and it goes out before everything else.
CARRYING_CODES = frozenset({"reset_code", "register_code", "register_known", "login_code", "mobile_code"})
_PLACE = re.compile(r"\{([^{}]*)\}")
LONGEST_TITLE = 160


@dataclass(frozen=True)
class Fact:
    """A word that texts may name: `key` is what the code calls it, `sample` what the preview shows."""

    key: str
    sample: str


# 词 → what stands for it.
FACTS = {
    "称谓": Fact("whom", "贵单位"),
    "项目名称": Fact("project", "惠城精密注塑数字化改造项目"),
    "项目认定评定名称": Fact("programme", "2026年示范项目认定"),
    "方向": Fact("call", "智能制造生态合作伙伴"),
    "企业名称": Fact("enterprise", "惠州市示范精密制造有限公司"),
    "审核单位": Fact("office", "惠城区科技和工业信息化局"),
    "当前环节": Fact("stage", "市级审核中"),
    "意见": Fact("opinion", "请补充近三年审计报告"),
    "截止时间": Fact("due", "2024-08-15 18:00"),
    "申报时间": Fact("window", "2024-08-01 09:00 至 2024-08-10 18:00"),
    "项目数": Fact("count", "12"),
    "责任科室": Fact("responsible", "惠城区科技和工业信息化局/技术改造股"),
    "地市": Fact("city", "惠州市"),
    "原因": Fact("reason", "企业所在园区网络中断"),
    "金额": Fact("amount", "120.50 万元"),
    "文号": Fact("number", "粤工信〔2024〕18 号"),
    "姓名": Fact("person", "张三"),
    "身份": Fact("role", "企业员工"),
    "公示标题": Fact("article", "关于拟认定名单的公示"),
    "异议内容": Fact("text", "公示名单中的项目名称有误"),
    "答复": Fact("answer", "经核实，已更正项目名称"),
    "事项清单": Fact("items", "1. 惠城精密注塑数字化改造项目（草稿），2024-08-15 18:00 截止"),
    "时间": Fact("time", "2024-08-10 18:00"),
    "验证码": Fact("code", "000000"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of message: who is told on what occasion, the default wording and the ways it goes out."""

    key: str
    label: Any
    title: str
    body: str
    words: tuple[str, ...]
    by_email: bool = False
    by_sms: bool = False

    @property
    def samples(self) -> dict[str, str]:
        """Return facts to try a text with."""
        return {FACTS[word].key: FACTS[word].sample for word in self.words}


_DECLARED = ("称谓", "项目名称", "方向", "企业名称")

KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "submitted", _("申报已提交（告知企业）"), "申报已提交：{项目名称}",
            "{称谓}申报“{方向}”的项目“{项目名称}”已于 {时间} 提交，当前环节为{当前环节}。审核结果将通过本平台告知。",
            (*_DECLARED, "当前环节", "时间"),
        ),
        Kind(
            "arrived", _("项目送达（告知审核人员）"), "{方向}：新送达 {项目数} 个申报项目",
            "“{项目认定评定名称}”（{方向}）新送达 {项目数} 个申报项目，请在 {截止时间} 前完成审核。",
            ("项目认定评定名称", "方向", "项目数", "截止时间"),
        ),
        Kind(
            "unit_arrived", _("个人申报待单位审核（告知企业管理员）"), "个人申报待审核：{项目名称}",
            "本单位{姓名}申报“{方向}”的项目“{项目名称}”已于 {时间} 送达，审核截止时间为 {截止时间}。"
            "请在“个人申报审核”中审核，通过后提交至主管部门。",
            (*_DECLARED, "姓名", "时间", "截止时间"), by_email=True,
        ),
        Kind(
            "unit_without_administrator", _("单位暂无管理员（告知申报人）"), "单位暂无管理员，申报等待审核：{项目名称}",
            "您申报“{方向}”的项目“{项目名称}”已送至{企业名称}，该单位目前没有可以审核的企业管理员，项目将一直等待。"
            "请尽快联系本单位，审核截止时间为 {截止时间}。",
            (*_DECLARED, "截止时间"), by_email=True,
        ),
        Kind(
            "recommended", _("项目已推荐（告知企业）"), "审核进展：{项目名称}",
            "{称谓}申报“{方向}”的项目“{项目名称}”已由{审核单位}审核推荐，当前环节为{当前环节}。",
            (*_DECLARED, "审核单位", "当前环节"),
        ),
        Kind(
            "returned", _("项目被退回（告知企业）"), "项目被退回，请修改后重新提交：{项目名称}",
            "{称谓}申报“{方向}”的项目“{项目名称}”被{审核单位}退回。退回意见：{意见}。"
            "请在 {截止时间} 前修改并重新提交。",
            (*_DECLARED, "审核单位", "意见", "截止时间"), by_email=True, by_sms=True,
        ),
        Kind(
            "approved", _("项目通过（告知企业）"), "项目通过审核：{项目名称}",
            "{称谓}申报“{方向}”的项目“{项目名称}”已通过审核。",
            (*_DECLARED, "审核单位"), by_email=True, by_sms=True,
        ),
        Kind(
            "declined", _("项目不通过（告知企业）"), "项目未通过审核：{项目名称}",
            "{称谓}申报“{方向}”的项目“{项目名称}”未通过{审核单位}审核。审核意见：{意见}。",
            (*_DECLARED, "审核单位", "意见"), by_email=True, by_sms=True,
        ),
        Kind(
            "void", _("判为无效申报（告知企业）"), "项目被判为无效申报：{项目名称}",
            "{称谓}申报“{方向}”的项目“{项目名称}”被{审核单位}判为无效申报。原因：{意见}。",
            (*_DECLARED, "审核单位", "意见"), by_email=True, by_sms=True,
        ),
        Kind(
            "withdrawn", _("审核结果被撤回（告知企业）"), "审核结果已撤回：{项目名称}",
            "{审核单位}已撤回对项目“{项目名称}”（{方向}）的上一次办理，当前环节为{当前环节}，请以最新结果为准。",
            (*_DECLARED, "审核单位", "当前环节"),
        ),
        Kind(
            "office_set", _("责任科室已设置（告知科室人员）"), "贵科室负责审核：{方向}",
            "“{方向}”的责任科室已设置为{责任科室}，已有 {项目数} 个申报项目转入待审核。",
            ("方向", "责任科室", "项目数"),
        ),
        Kind(
            "office_missing", _("责任科室缺失（告知管理员）"), "请设置责任科室：{方向}",
            "“{方向}”尚未设置责任科室，已有 {项目数} 个申报项目等待受理。"
            "请尽快在“设置责任科室”中设置，设置后项目自动转入审核。",
            ("方向", "项目数"), by_email=True,
        ),
        Kind(
            "guide_published", _("申报指南已发布（告知企业）"), "{地市}已发布申报指南：{项目认定评定名称}",
            "{地市}已发布“{项目认定评定名称}”（{方向}）的申报指南，申报时间为 {申报时间}。"
            "符合条件的单位请登录平台申报。",
            ("地市", "项目认定评定名称", "方向", "申报时间"),
        ),
        Kind(
            "guide_changed", _("申报指南有变更（告知已填报的企业）"), "申报指南有变更：{项目认定评定名称}",
            "{地市}调整了“{项目认定评定名称}”（{方向}）的申报指南，现申报时间为 {申报时间}，"
            "请留意截止时间和申报要求的变化。",
            ("地市", "项目认定评定名称", "方向", "申报时间"), by_email=True,
        ),
        Kind(
            "extended", _("延期补报（告知企业）"), "已为贵单位延期：{方向}",
            "{审核单位}已将贵单位申报“{方向}”的截止时间延至 {截止时间}。原因：{原因}。",
            ("方向", "企业名称", "审核单位", "截止时间", "原因"), by_email=True, by_sms=True,
        ),
        Kind(
            "funded", _("资金已核定（告知企业）"), "获得资金：{项目名称}",
            "{称谓}“{方向}”项目“{项目名称}”核定获得资金 {金额}。",
            (*_DECLARED, "金额"), by_email=True,
        ),
        Kind(
            "issued", _("计划已下达（告知企业）"), "项目已下达：{项目名称}",
            "{称谓}“{方向}”项目“{项目名称}”已下达，文号：{文号}。",
            (*_DECLARED, "文号"), by_email=True,
        ),
        Kind(
            "expert_asked", _("专家登记待审核（告知主管部门）"), "专家登记待审核：{姓名}",
            "{姓名}登记为专家或修改了登记信息，请在“专家管理”中审核。",
            ("姓名",),
        ),
        Kind(
            "expert_confirmed", _("专家登记已通过（告知本人）"), "专家登记已通过审核",
            "{姓名}：您的专家登记已由{审核单位}审核通过。",
            ("姓名", "审核单位"), by_email=True, by_sms=True,
        ),
        Kind(
            "expert_refused", _("专家登记未通过（告知本人）"), "专家登记未通过审核",
            "{姓名}：您的专家登记未通过{审核单位}审核。原因：{原因}。您可以修改登记信息后重新提交。",
            ("姓名", "审核单位", "原因"), by_email=True, by_sms=True,
        ),
        Kind(
            "objection_received", _("收到公示异议（告知公示单位）"), "收到公示异议：{公示标题}",
            "{姓名}对“{公示标题}”提出异议：{异议内容}。请及时核实并答复。",
            ("公示标题", "姓名", "异议内容"), by_email=True,
        ),
        Kind(
            "objection_answered", _("公示异议已答复（告知异议人）"), "您的公示异议已答复",
            "{姓名}：您对“{公示标题}”提出的异议已由{审核单位}答复：{答复}",
            ("公示标题", "姓名", "审核单位", "答复"), by_email=True, by_sms=True,
        ),
        Kind(
            "objection_closed", _("公示异议已办结（告知异议人）"), "您的公示异议已办结",
            "{姓名}：您对“{公示标题}”提出的异议已由{审核单位}办结。",
            ("公示标题", "姓名", "审核单位"), by_email=True, by_sms=True,
        ),
        Kind(
            "password_reset", _("密码已重置（告知本人）"), "您的登录密码已被重置",
            "{姓名}：您的登录密码已于 {时间} 由管理员重置。如非本人申请，请立即联系管理员。",
            ("姓名", "时间"), by_email=True, by_sms=True,
        ),
        Kind(
            "password_changed", _("密码已修改（告知本人）"), "您的登录密码已修改",
            "{姓名}：您的登录密码已于 {时间} 修改，此前在其他设备上的登录已失效。如非本人操作，请立即联系管理员。",
            ("姓名", "时间"),
        ),
        Kind(
            "reset_code", _("找回密码验证码（发至本人手机）"), "找回密码验证码",
            "验证码 {验证码}，5 分钟内有效，用于重设登录密码。如非本人操作，请忽略本短信，切勿告诉他人。",
            ("验证码",), by_sms=True,
        ),
        Kind(
            "register_code", _("注册验证码（发至填写的手机）"), "注册验证码",
            "验证码 {验证码}，5 分钟内有效，用于注册账号。如非本人操作，请忽略本短信，切勿告诉他人。",
            ("验证码",), by_sms=True,
        ),
        Kind(
            "register_known", _("注册验证码（填写的手机已有账号）"), "该手机号码已有账号",
            "该手机号码已注册账号，无需再次注册，请直接登录；忘记密码可在登录页找回。"
            "如仍需验证本机，验证码 {验证码}，5 分钟内有效。如非本人操作，请忽略本短信，切勿告诉他人。",
            ("验证码",), by_sms=True,
        ),
        Kind(
            "registered", _("注册成功（告知本人）"), "注册成功",
            "{姓名}：您已于 {时间} 注册成功。请办理企业认证、加入所在企业、选择所在单位或登记为专家，"
            "通过后即可办理相应业务。",
            ("姓名", "时间"),
        ),
        Kind(
            "login_code", _("登录验证码（发至本人手机）"), "登录验证码",
            "验证码 {验证码}，5 分钟内有效，用于登录平台。如非本人操作，请立即修改密码，切勿将验证码告诉他人。",
            ("验证码",), by_sms=True,
        ),
        Kind(
            "mobile_code", _("更换手机号码验证码（发至新手机）"), "更换手机号码验证码",
            "验证码 {验证码}，5 分钟内有效，用于将账号的手机号码更换为本号码。"
            "如非本人操作，请忽略本短信，切勿告诉他人。",
            ("验证码",), by_sms=True,
        ),
        Kind(
            "mobile_changed", _("手机号码已更换（告知本人）"), "您的手机号码已更换",
            "{姓名}：您账号的手机号码已于 {时间} 更换。如非本人操作，请立即修改密码并联系管理员。",
            ("姓名", "时间"), by_email=True, by_sms=True,
        ),
        Kind(
            "certification_approved", _("企业认证已通过（告知申请人）"), "企业认证已通过：{企业名称}",
            "您提交的“{企业名称}”企业认证已由{审核单位}于 {时间} 审核通过，您已成为该企业的企业管理员，"
            "请登录平台完善企业信息后申报项目。",
            ("企业名称", "审核单位", "时间"), by_email=True, by_sms=True,
        ),
        Kind(
            "certification_returned", _("企业认证被退回（告知申请人）"), "企业认证被退回，请修改后重新提交：{企业名称}",
            "您提交的“{企业名称}”企业认证被{审核单位}退回。退回原因：{意见}。请登录平台修改后重新提交。",
            ("企业名称", "审核单位", "意见", "时间"), by_email=True, by_sms=True,
        ),
        Kind(
            "account_locked", _("账号被锁定（告知本人）"), "您的账号已被锁定",
            "{姓名}：您的账号已于 {时间} 被锁定。原因：{原因}。",
            ("姓名", "时间", "原因"), by_email=True, by_sms=True,
        ),
        Kind(
            "join_asked", _("有人申请加入（告知企业管理员）"), "{姓名}申请加入：{企业名称}",
            "{姓名}申请以{身份}的身份加入“{企业名称}”，请在“人员管理”中核实并办理。",
            ("姓名", "企业名称", "身份"), by_email=True,
        ),
        Kind(
            "join_granted", _("加入申请通过（告知本人）"), "您已加入：{企业名称}",
            "{姓名}：您已成为“{企业名称}”的{身份}，可以按企业管理员开通的权限办理业务。",
            ("姓名", "企业名称", "身份"), by_email=True,
        ),
        Kind(
            "join_refused", _("加入申请未通过（告知本人）"), "加入申请未通过：{企业名称}",
            "{姓名}：您加入“{企业名称}”的申请未通过。原因：{原因}。",
            ("姓名", "企业名称", "原因"), by_email=True,
        ),
        Kind(
            "member_removed", _("被移出企业（告知本人）"), "您已被移出：{企业名称}",
            "{姓名}：您已不再是“{企业名称}”的人员，不能再为其办理业务。如有疑问请联系该单位。",
            ("姓名", "企业名称"),
        ),
        Kind(
            "administration_received", _("接任企业管理员（告知本人）"), "您已成为企业管理员：{企业名称}",
            "{姓名}：您已接任“{企业名称}”的企业管理员，请在“人员管理”中核对本单位人员及其权限。",
            ("姓名", "企业名称"), by_email=True,
        ),
        Kind(
            "administration_given", _("移交企业管理员（告知原管理员）"), "企业管理员已移交：{企业名称}",
            "“{企业名称}”的企业管理员已移交给{姓名}，您继续以企业员工的身份办理业务。如非本人操作，请立即联系主管部门。",
            ("姓名", "企业名称"), by_email=True,
        ),
        Kind(
            "enterprise_due", _("申报临近截止（每日提醒企业）"), "有 {项目数} 个申报项目临近截止",
            "下列项目尚未提交，请在截止前完成：\n{事项清单}",
            ("项目数", "事项清单"), by_email=True,
        ),
        Kind(
            "review_due", _("审核临近截止（每日提醒审核人员）"), "有 {项目数} 个项目审核临近截止",
            "下列方向有项目待审核，请在截止前办理：\n{事项清单}",
            ("项目数", "事项清单"), by_email=True,
        ),
        Kind(
            "office_due", _("申报方向缺责任科室（每日提醒管理员）"), "有 {项目数} 个申报方向尚未设置责任科室",
            "下列申报方向尚未设置责任科室，设置前企业不能申报、项目不能审核：\n{事项清单}",
            ("项目数", "事项清单"), by_email=True,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """How one kind reads in one site and by which ways it goes out; nothing goes out unless `enabled`."""

    title: str
    body: str
    by_email: bool
    by_sms: bool
    enabled: bool = True


def wording_of(kind: str, site_id: int) -> Wording:
    """Return the site's own wording, or the default one."""
    default = KINDS[kind]
    query = select(MessageTemplate).where(MessageTemplate.site_id == site_id, MessageTemplate.kind == kind)
    own = db.session.scalars(query).first() or default
    return Wording(own.title, own.body, own.by_email, own.by_sms, getattr(own, "enabled", True))


def fill_in(text: str, words: tuple[str, ...], facts: Mapping[str, Any]) -> str:
    """Put facts in for the words of a kind; a fact that is missing reads `—`, braces of other words stay."""

    def put_in(place: re.Match[str]) -> str:
        word = place.group(1).strip()
        if word not in words:
            return place.group(0)
        value = facts.get(FACTS[word].key)
        return "—" if value is None or value == "" else str(value)

    return _PLACE.sub(put_in, text)


def title_of(kind: str, text: str, facts: Mapping[str, Any]) -> str:
    """Return a title with its facts, on one line and no longer than its column."""
    title = " ".join(fill_in(text, KINDS[kind].words, facts).split())
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def body_of(kind: str, text: str, facts: Mapping[str, Any]) -> str:
    """Return a body with its facts."""
    return fill_in(text, KINDS[kind].words, facts)


def require_known_words(kind: str, **texts: str) -> None:
    """Raise Invalid at each text that names a word its kind does not know."""
    problems = {name: problem for name, text in texts.items() if (problem := _problem(kind, text))}
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


def _problem(kind: str, text: str) -> Any:
    words = KINDS[kind].words
    unknown = [place for place in _PLACE.findall(text) if place.strip() not in words]
    known = "、".join(f"{{{word}}}" for word in words)
    if unknown:
        return _("不能使用 {%(word)s}；可用的内容有：%(known)s。", word=unknown[0], known=known)
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        return _("花括号不成对；可用的内容有：%(known)s。", known=known)
    return None
