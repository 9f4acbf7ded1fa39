"""What may be changed in a call once enterprises have declared for it."""

import pytest

from app.clock import now
from app.demo import journeys
from app.errors import Invalid
from app.models import DeclarationTypeVersion
from app.services import programmes
from tests.conftest import known_world

pytestmark = pytest.mark.usefixtures("stand_in_documents")


def change_version(call, version):
    programmes.change_call(
        call, programme=call.programme, name=call.name, group=call.group, version=version, opens_at=call.opens_at,
        closes_at=call.closes_at, city_due_at=call.city_due_at, by=known_world().people["province_admin"], at=now(),
    )  # fmt: skip


@pytest.fixture
def call(session, person):
    return journeys.find_open_call(person("enterprise_admin").memberships[0].enterprise, now())


def another_version(session, call):
    newer = DeclarationTypeVersion(
        type_id=call.version.type_id, number=2, sha="1" * 64, body=call.version.body, status=call.version.status
    )
    session.add(newer)
    session.flush()
    return newer


def test_a_call_without_declarations_may_get_another_type(session, call, call_of):
    other = call_of("quick_note").version
    change_version(call, other)
    assert call.version_id == other.id


def test_a_call_with_a_declaration_keeps_its_type(session, call, call_of, declaration_at):
    assert declaration_at("draft").call_id == call.id
    other = call_of("quick_note").version
    with pytest.raises(Invalid, match="只能更换为同一申报类型的其他版本"):
        change_version(call, other)


def test_a_call_with_a_declaration_may_get_a_newer_version(session, call, declaration_at):
    assert declaration_at("draft").call_id == call.id
    newer = another_version(session, call)
    change_version(call, newer)
    assert call.version_id == newer.id
