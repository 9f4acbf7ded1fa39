"""The page on which a programme is repeated in the next year."""

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Programme


@pytest.fixture
def programme(app):
    return db.session.scalars(select(Programme).join(Programme.calls)).first()


def typed_on(page):
    """Return what a browser would send back of the page as it stands."""
    inputs = re.findall(r"<input[^>]*>", page)
    facts = [dict(re.findall(r'(\w+)="([^"]*)"', one)) for one in inputs]
    return {f["name"]: f.get("value", "") for f in facts if "name" in f and f["name"] not in ("q", "csrf_token")}


def copies(programme):
    query = select(Programme).where(Programme.year == programme.year + 1, Programme.name == programme.name)
    return db.session.scalars(query).all()


def test_the_page_shows_old_and_new_times_and_copies_on_saving(client, programme):
    browser, address = client("province_admin"), f"/programmes/copy/{programme.id}"
    assert address in browser.get(f"/programmes/show/{programme.id}").text
    page = browser.get(address).text
    assert f"{programme.year} 年度：" in page
    assert copies(programme) == []
    typed = typed_on(page) | {"name": programme.name}
    answer = browser.post(address, data=typed)
    assert answer.status_code == 302
    (copy,) = copies(programme)
    assert answer.location.endswith(f"/programmes/show/{copy.id}")
    assert len(copy.calls) == len(programme.calls)
    again = browser.post(address, data=typed)
    assert again.status_code == 422
    assert "请更换名称" in again.text


def test_wrong_times_stand_at_their_field_and_stay(client, programme):
    browser, address = client("province_admin"), f"/programmes/copy/{programme.id}"
    typed = typed_on(browser.get(address).text) | {"name": programme.name}
    name = f"call_{programme.calls[0].id}-closes_at"
    early = browser.post(address, data=typed | {name: "2001-01-01T00:00:00"})
    assert early.status_code == 422
    assert "结束时间须晚于开始时间" in early.text
    assert 'value="2001-01-01T00:00:00"' in early.text
    assert browser.post(address, data=typed | {name: "soon"}).status_code == 422
    assert copies(programme) == []


def test_only_the_province_copies(client, programme):
    assert client("city_officer").get(f"/programmes/copy/{programme.id}").status_code in (302, 403, 404)
