"""Code lists: loaded without touching what was edited, and honoured by declarations begun from then on."""

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.errors import Invalid
from app.models import AuditEvent, CodeList, CodeListItem, DeclarationTypeVersion
from app.services import code_lists, declarations, list_items
from app.services.types import definition_of, install_package
from tests.conftest import TYPES, known_world


@pytest.fixture
def call(session, call_of):
    return call_of("green_factory")


@pytest.fixture
def items(session, call):
    """The stored items of the list that the type draws on, by their codes."""
    key = next(iter(call.version.body["code_lists"]))
    query = select(CodeListItem).join(CodeListItem.list).where(CodeList.key == key).order_by(CodeListItem.position)
    return {item.code: item for item in session.scalars(query)}


@pytest.fixture
def edit(person, session):
    def change(item, **changes):
        values = {"label": item.label, "position": item.position, "enabled": item.enabled} | changes
        list_items.change_item(item, **values, by=person("platform_operator"), at=now())
        session.commit()

    return change


@pytest.fixture
def begin(person, call, session):
    companies = iter(("enterprise_admin", "company_03", "company_04"))

    def start():
        account = person(next(companies))
        enterprise = account.memberships[0].enterprise
        declaration = declarations.start_declaration(call, enterprise, by=account, at=now())
        session.commit()
        return declaration

    return start


def offered(declaration) -> dict[str, str]:
    return definition_of(declaration.version).field("sector").choice_labels


def test_lists_are_loaded_with_the_type_and_loading_again_changes_nothing(session, call, items, edit):
    first, second, *_rest = items.values()
    edit(first, label="改过的名称")
    edit(second, enabled=False)
    assert code_lists.keep(call.version.body["code_lists"], call.site_id) == 0
    session.expire_all()
    assert first.label == "改过的名称"
    assert not second.enabled


def test_new_items_of_a_shipped_list_are_added(session, call, items):
    body = call.version.body["code_lists"]
    key = next(iter(body))
    longer = {key: {**body[key], "choices": [*body[key]["choices"], {"brand_new": "新增行业"}]}}
    if "choices" in body[key]["choices"][0]:
        longer[key]["choices"][-1] = {"group": "新增", "choices": [{"brand_new": "新增行业"}]}
    assert code_lists.keep(longer, call.site_id) == 1
    added = session.scalars(select(CodeListItem).where(CodeListItem.code == "brand_new")).one()
    assert (added.label, added.enabled) == ("新增行业", True)


def test_declarations_begun_from_now_on_offer_what_is_on_screen(call, items, edit, begin):
    first, second, *_rest = items.values()
    before = begin()
    old = offered(before)
    edit(first, label="改过的名称")
    edit(second, enabled=False)
    after = begin()
    assert offered(after) == {
        code: "改过的名称" if code == first.code else label for code, label in old.items() if code != second.code
    }
    assert offered(before) == old, "what was begun before keeps its words"
    assert after.version_id != before.version_id


def test_what_is_offered_again_comes_back(call, items, edit, begin):
    item = next(iter(items.values()))
    before = begin()
    edit(item, enabled=False)
    assert item.code not in offered(begin())
    edit(item, enabled=True)
    again = begin()
    assert offered(again) == offered(before)
    assert again.version_id == before.version_id, "the same lists are the same version"


def test_order_follows_the_positions(items, edit, begin):
    last = list(items.values())[-1]
    edit(last, position=0)
    assert next(iter(offered(begin()))) == last.code


def test_many_edits_make_one_version_and_a_start_without_edits_none(session, items, edit, begin):
    count = select(func.count(DeclarationTypeVersion.id))
    before = session.scalar(count)
    for item in items.values():
        edit(item, label=f"{item.label}（新）")
    assert session.scalar(count) == before
    begin()
    begin()
    assert session.scalar(count) == before + 1


def test_loading_the_shipped_package_again_keeps_the_edits(session, call, items, edit, begin):
    edit(next(iter(items.values())), label="改过的名称")
    version = begin().version
    assert install_package(TYPES / "green_factory", known_world().site, now()).id == version.id


def test_the_last_choice_cannot_be_taken_away(session, call, items, edit):
    *others, last = items.values()
    for item in others:
        edit(item, enabled=False)
    with pytest.raises(Invalid, match="不能停用"):
        edit(last, enabled=False)


@pytest.mark.parametrize("changes", [{"label": " "}, {"label": "长" * 121}, {"position": -1}, {"position": None}])
def test_bad_values_are_refused(items, edit, changes):
    with pytest.raises(Invalid):
        edit(next(iter(items.values())), **changes)


def test_a_change_is_noted_with_what_was_there_before(session, items, edit):
    item = next(iter(items.values()))
    was = item.label
    edit(item, label="改过的名称")
    noted = session.scalars(select(AuditEvent).where(AuditEvent.subject == "CodeListItem")).one()
    assert (noted.detail["before"]["label"], noted.detail["label"]) == (was, "改过的名称")
    edit(item, label="改过的名称")
    assert session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.subject == "CodeListItem")) == 1
