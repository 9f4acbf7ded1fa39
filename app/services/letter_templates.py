"""Wordings of recommendation letters: texts that name facts by Chinese words in braces, `{方向}`.

Only the words below are known, and they are put in as they are: a wording is no programme.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import Account, LetterTemplate
from ..permissions import bureau_of, visible
from ..reports.letter import LIST
from . import audit, review_lists

WORDS = ("项目认定评定名称", "方向", "年度", "推荐项目数", "推荐项目清单", "推荐单位", "上级单位", "日期")
TEXTS = ("heading", "addressee", "body")
_PLACE = re.compile(r"\{([^{}]*)\}")

DEFAULTS = (
    {
        "name": "推荐函（通用）",
        "heading": "关于推荐申报{项目认定评定名称}的函",
        "addressee": "{上级单位}：",
        "body": (
            "根据{项目认定评定名称}申报通知要求，我单位认真组织本辖区企业开展“{方向}”的申报工作，"
            "对申报材料的真实性、完整性和有效性进行了审核。\n"
            "经审核，现按推荐优先顺序推荐以下{推荐项目数}个项目：\n"
            f"{LIST}\n"
            "我单位对推荐项目的审核意见负责，请予支持。\n"
            "特此函告。"
        ),
    },
    {
        "name": "审核情况报告",
        "heading": "关于{项目认定评定名称}申报审核情况的报告",
        "addressee": "{上级单位}：",
        "body": (
            "现将我单位“{方向}”申报审核情况报告如下：\n"
            "一、组织申报情况\n"
            "我单位及时转发申报通知，指导企业在线填报，按时完成审核。\n"
            "二、审核结果\n"
            "经审核，符合推荐条件的项目共{推荐项目数}个，按推荐优先顺序列明如下：\n"
            f"{LIST}\n"
            "三、真实性说明\n"
            "推荐项目材料经核对与线上填报内容一致，不涉及国家秘密、商业秘密。\n"
            "特此报告。"
        ),
    },
)


def add_defaults(site_id: int) -> None:
    """Give a site the wordings it starts with; one that has any of its own keeps them as they are."""
    if db.session.scalar(select(LetterTemplate.id).where(LetterTemplate.site_id == site_id).limit(1)) is not None:
        return
    for wording in DEFAULTS:
        db.session.add(LetterTemplate(site_id=site_id, **wording))
    db.session.flush()


def unknown_words(text: str) -> list[str]:
    """Return the names in braces that nothing stands for, in order of appearance; a lone brace is named as it is."""
    unknown = [f"{{{name}}}" for name in _PLACE.findall(text) if name not in WORDS]
    return list(dict.fromkeys(unknown + [char for char in _PLACE.sub("", text) if char in "{}"]))


def require_known_words(texts: Mapping[str, str]) -> None:
    """Raise Invalid for a text, by its key, that names an unknown fact."""
    refused = {
        key: _(
            "不能识别 %(words)s，可用的占位符有：%(known)s。",
            words="、".join(unknown),
            known="、".join(f"{{{word}}}" for word in WORDS),
        )
        for key, text in texts.items()
        if (unknown := unknown_words(text))
    }
    if refused:
        raise Invalid(next(iter(refused.values())), fields=refused)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Return the text with the facts in place; the place of the list stays, the letter puts a table there."""
    return _PLACE.sub(lambda found: facts.get(found[1], found[0]), text)


def usable(user: Account) -> Sequence[LetterTemplate]:
    """Return the wordings for letters of the own bureau: its own first, then those of the whole site."""
    bureau = bureau_of(user)
    own = or_(LetterTemplate.bureau_id.is_(None), LetterTemplate.bureau_id == (bureau.id if bureau else None))
    query = select(LetterTemplate).where(visible(LetterTemplate, user), own)
    return db.session.scalars(query.order_by(LetterTemplate.bureau_id.is_(None), LetterTemplate.id)).all()


def owner_of(user: Account) -> int | None:
    """Return the bureau whose wordings a person keeps; the province keeps those of the whole site."""
    return None if review_lists.level_of(user) == "province" else bureau_of(user).id


def may_change(template: LetterTemplate, user: Account) -> bool:
    """Tell whether the wording is the person's own bureau's, or for the province the site's."""
    return template.bureau_id == owner_of(user)


def save(template: LetterTemplate, *, by: Account, at: datetime) -> LetterTemplate:
    """Keep a new or changed wording; raises Forbidden for somebody else's, Invalid for unknown words."""
    _require_own(template, by)
    require_known_words({key: getattr(template, key) for key in TEXTS})
    db.session.add(template)
    db.session.flush()
    audit.record("save_letter_template", template, by=by, at=at, detail={"name": template.name})
    return template


def remove(template: LetterTemplate, *, by: Account, at: datetime) -> None:
    """Delete a wording; letters made from it stay. Raises Forbidden for somebody else's."""
    _require_own(template, by)
    audit.record("remove_letter_template", template, by=by, at=at, detail={"name": template.name})
    db.session.delete(template)
    db.session.flush()


def _require_own(template: LetterTemplate, user: Account) -> None:
    if not may_change(template, user):
        raise Forbidden(_("该模板由其他单位维护，不能修改；如需调整请新增本单位的模板。"))
