"""The part `documents` of a body as authors edit it: found by key, put in place, moved; what no page shows is kept."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

KIND_LABELS = {
    "declaration": _("申报书（由平台生成）"),
    "letter": _("推荐函（由审核部门提交）"),
    "sheet": _("汇总表（Excel）"),
}
PER_LABELS = {
    "declaration": _("每份申报一份"),
    "call_and_region": _("每个方向、每个地区一份"),
    "call": _("每个方向一份"),
}
SEALED_LABELS = {"none": _("不需要盖章版"), "optional": _("可以上传盖章版"), "required": _("必须上传盖章版")}
LETTER_ENDINGS = ("pdf", "zip", "doc", "docx", "jpg", "jpeg", "png")

Body = Mapping[str, Any]


def documents_in(body: Body) -> list[dict[str, Any]]:
    """Return the documents of a body; anything else in the list is left out."""
    found = body.get("documents")
    return [dict(item) for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def find(body: Body, key: str) -> dict[str, Any] | None:
    """Return the document with a key."""
    return next((item for item in documents_in(body) if item.get("key") == key), None)


def put(body: Body, document: Body) -> list[dict[str, Any]]:
    """Return the documents with this one in the place of its namesake, or at the end."""
    documents = documents_in(body)
    keys = [item.get("key") for item in documents]
    if document["key"] in keys:
        documents[keys.index(document["key"])] = dict(document)
        return documents
    return [*documents, dict(document)]


def without(body: Body, key: str) -> list[dict[str, Any]]:
    """Return the documents without one."""
    return [item for item in documents_in(body) if item.get("key") != key]


def moved(body: Body, key: str, step: int) -> list[dict[str, Any]]:
    """Return the documents with one moved by some places, at most to either end."""
    documents = documents_in(body)
    place = next((number for number, item in enumerate(documents) if item.get("key") == key), None)
    if place is not None:
        item = documents.pop(place)
        documents.insert(min(max(place + step, 0), len(documents)), item)
    return documents


def new_key(body: Body, kind: str) -> str:
    """Return a key for another document of a kind."""
    return free_name({str(item.get("key")) for item in documents_in(body)}, kind, "_", "")


def free_name(taken: set[str], stem: str, joint: str, ending: str) -> str:
    """Return the stem, or the stem with the first number that is free."""
    name, number = f"{stem}{ending}", 1
    while name in taken:
        number += 1
        name = f"{stem}{joint}{number}{ending}"
    return name


def merged(old: Body, typed: Body) -> dict[str, Any]:
    """Return a mapping with what was typed in place; what was emptied is taken out."""
    return {key: value for key, value in {**old, **typed}.items() if value not in (None, "", [], {}, False)}
