"""A programme repeated in another year: its calls, its times, its name."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import local, now, to_local
from app.errors import Invalid
from app.models import CallGuide, Programme, ResponsibleOffice, VersionStatus
from app.services import programmes


@pytest.fixture
def programme(session, person):
    found = session.scalars(select(Programme).join(Programme.calls)).first()
    found.name = f"{found.year}年测试项目"
    session.flush()
    return found


def clone(programme, person, years=1, **more):
    return programmes.clone_programme(programme, programme.year + years, by=person("province_admin"), at=now(), **more)


def test_calls_come_along_a_year_later_with_their_versions(programme, person):
    copy = clone(programme, person)
    assert copy.name == f"{programme.year + 1}年测试项目"
    assert (copy.funding, copy.level, copy.basis) == (programme.funding, programme.level, programme.basis)
    assert [(c.name, c.version_id, c.group) for c in copy.calls] == [
        (c.name, c.version_id, c.group) for c in programme.calls
    ]
    for old, new in zip(programme.calls, copy.calls, strict=True):
        assert to_local(new.opens_at).year == to_local(old.opens_at).year + 1
        assert to_local(new.closes_at).strftime("%m%d%H%M%S") == to_local(old.closes_at).strftime("%m%d%H%M%S")


def test_guides_and_offices_stay_behind(session, programme, person):
    ids = [call.id for call in clone(programme, person).calls]
    for model in (CallGuide, ResponsibleOffice):
        assert session.scalars(select(model).where(model.call_id.in_(ids))).all() == []


def test_the_29th_of_february_becomes_the_28th(programme, person):
    call = programme.calls[0]
    programme.year = 2028
    call.opens_at, call.closes_at, call.city_due_at = local(2028, 2, 29, 9), local(2028, 3, 31, 18), None
    window = programmes.window_in(call, 2029)
    assert (window.opens_at, window.closes_at) == (local(2029, 2, 28, 9), local(2029, 3, 31, 18))
    assert programmes.window_in(call, 2032).opens_at == local(2032, 2, 29, 9)
    assert window.city_due_at is None


def test_given_times_take_the_place_of_the_moved_ones(programme, person):
    call, start = programme.calls[0], local(2030, 5, 1)
    given = programmes.Window(start, start + timedelta(days=9), None)
    assert clone(programme, person, windows={call.id: given}).calls[0].opens_at == start
    wrong = programmes.Window(start, start, None)
    with pytest.raises(Invalid, match="结束时间须晚于开始时间"):
        clone(programme, person, years=2, windows={call.id: wrong})


def test_a_name_that_is_taken_is_refused(programme, person):
    clone(programme, person)
    with pytest.raises(Invalid, match="请更换名称"):
        clone(programme, person)
    assert clone(programme, person, name="另一名称").name == "另一名称"


def test_a_retired_version_gives_way_to_a_published_one_or_refuses(programme, person):
    version = programme.calls[0].version
    version.status = VersionStatus.RETIRED
    with pytest.raises(Invalid, match="没有可用的版本"):
        clone(programme, person)
