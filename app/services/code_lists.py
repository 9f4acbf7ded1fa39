"""Code lists as a site keeps them: loaded from what types ship, edited on screen, laid over the types' own.

A version of a type never changes and carries its lists within. What is edited on screen is therefore laid over a
version to make the next one; drafts and submissions keep the version, and so the words, they were begun with.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..database import add_or_get
from ..extensions import db
from ..forms.package import CODE_LISTS, shipped_code_lists
from ..models import CodeList, CodeListItem

GAP = 10  # between the positions of neighbours, so that one can be put between two
LONGEST_CODE = 60
OTHER = "其他"  # heading of items without a group, beside others that have one


def keep(lists: Mapping[str, Mapping[str, Any]], site_id: int) -> int:
    """Add the lists and items that the site does not have yet; what is there stays as it is; returns how many."""
    return sum(_keep_list(key, shipped, site_id) for key, shipped in lists.items())


def _keep_list(key: str, shipped: Mapping[str, Any], site_id: int) -> int:
    found = select(CodeList).where(CodeList.site_id == site_id, CodeList.key == key)
    code_list = db.session.scalars(found).first()
    if code_list is None:
        code_list = add_or_get(CodeList(site_id=site_id, key=key, title=shipped.get("title") or key), found)
    known = set(db.session.scalars(select(CodeListItem.code).where(CodeListItem.list_id == code_list.id)))
    items = [
        CodeListItem(list_id=code_list.id, group=group, code=code, label=label, position=number * GAP, enabled=True)
        for number, (group, code, label) in enumerate(_read_items(shipped), start=1)
        if code not in known
    ]
    db.session.add_all(items)
    db.session.flush()
    return len(items)


def _read_items(shipped: Mapping[str, Any]) -> Iterator[tuple[str | None, str, str]]:
    """Yield (group, code, label) of every item; values of a plain list are their own codes."""
    for value in shipped.get("values", ()):
        yield None, value[:LONGEST_CODE], value
    for choice in shipped.get("choices", ()):
        group = choice.get("group") if "choices" in choice else None
        for plain in choice.get("choices", [choice]):
            yield from ((group, code, label) for code, label in plain.items())


def offered(key: str, site_id: int) -> dict[str, str]:
    """Return {code: label} of what the site offers of a list, as it ships where nobody has stored it yet."""
    stored = _read_stored(site_id, [key])
    if key in stored:
        return {item.code: item.label for item in stored[key]}
    return {code: label for _group, code, label in _read_items(shipped_code_lists().get(key, {}))}


def laid_over(body: Mapping[str, Any], site_id: int) -> Mapping[str, Any]:
    """Return the body of a type with its code lists as the site keeps them: labels, order, what is offered.

    It is the same object when nothing differs, and costs a statement only for types that draw on code lists.
    """
    shipped = body.get(CODE_LISTS)
    if not shipped:
        return body
    stored = _read_stored(site_id, shipped)
    lists = {key: _rebuilt(entry, stored[key]) if key in stored else entry for key, entry in shipped.items()}
    return body if lists == shipped else {**body, CODE_LISTS: lists}


def _read_stored(site_id: int, keys: Collection[str]) -> dict[str, list[CodeListItem]]:
    """Return {key of a list: its items that are offered, in their order}."""
    query = (
        select(CodeList.key, CodeListItem)
        .join(CodeListItem.list)
        .where(CodeList.site_id == site_id, CodeList.key.in_(keys))
        .order_by(CodeListItem.position, CodeListItem.id)
    )
    found: dict[str, list[CodeListItem]] = {}
    for key, item in db.session.execute(query):
        items = found.setdefault(key, [])
        items += [item] if item.enabled else []
    return found


def _rebuilt(entry: Mapping[str, Any], items: Sequence[CodeListItem]) -> dict[str, Any]:
    """Return a list as a type would ship it; groups stand where their first item does."""
    if "values" in entry:
        return {**entry, "values": [item.label for item in items]}
    groups: dict[str | None, list[dict[str, str]]] = {}
    for item in items:
        groups.setdefault(item.group, []).append({item.code: item.label})
    if set(groups) <= {None}:
        return {**entry, "choices": groups.get(None, [])}
    named = [{"group": group or OTHER, "choices": choices} for group, choices in groups.items()]
    return {**entry, "choices": named}
