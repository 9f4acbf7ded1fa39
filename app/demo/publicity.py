"""What the demo's bureaus have published: a publicity that takes objections, with one that waits for an answer."""

from datetime import datetime, timedelta
from io import BytesIO

from .. import roles
from ..models import Account, ArticleKind
from ..services import articles, objections
from . import papers
from .world import World

BODY = """经企业申报、区县和地市审核，现将拟推荐的项目名单予以公示，名单见附件。

公示期内，任何单位和个人对公示内容有异议的，请在本页**实名**提出，并写明：

1. 异议人的姓名、单位和联系方式；
2. 具体事实和理由。
"""
OBJECTION = {
    "name": "范思远",
    "unit": "惠州市某自动化设备商行",
    "phone": "13800000000",
    "text": "名单附件中一家企业的名称与其营业执照不一致，请核实后更正。",
}


def publish(world: World, at: datetime) -> None:
    """Publish in the name of each city's first officer."""
    officers: dict[int, Account] = {}
    for person in world.people.values():
        if roles.CITY_OFFICER in person.role_names:
            officers.setdefault(person.department.parent_id, person)
    for officer in officers.values():
        _publish(officer, at)


def _publish(officer: Account, at: datetime) -> None:
    bureau = officer.department.parent.name
    typed = {
        "kind": ArticleKind.PUBLICITY,
        "title": f"{bureau}关于拟推荐项目名单的公示",
        "body": BODY,
        "published_at": at - timedelta(days=1),
        "objections_until": at + timedelta(days=6),
    }
    article = articles.write_article(typed, by=officer, at=at - timedelta(days=1))
    paper = BytesIO(papers.make_paper("拟推荐项目名单.pdf", bureau))
    articles.attach(article, paper, "拟推荐项目名单.pdf", by=officer, at=at)
    objections.object_to(article, OBJECTION, by=None, at=at)
