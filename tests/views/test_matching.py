"""可申报方向 on screen."""

import pytest
from sqlalchemy import event, select

from app.extensions import db
from app.models import Enterprise

pytestmark = pytest.mark.usefixtures("stand_in_documents")


@pytest.fixture
def applicant(client):
    return client("enterprise_admin")


def change(**facts):
    enterprise = db.session.scalars(select(Enterprise).where(Enterprise.name.contains("云杉"))).one()
    for name, value in facts.items():
        setattr(enterprise, name, value)
    db.session.commit()


def test_calls_stand_under_what_may_be_done(applicant):
    assert "/declare/matching" in applicant.get("/declare/").text
    page = applicant.get("/declare/matching").text
    may, may_not = page.split("<h2>暂不能申报</h2>")
    assert "<h2>可以申报</h2>" in may
    assert "不能申报的原因" not in may
    assert "申报将于" in may_not


def test_what_is_missing_leads_to_where_it_is_mended(applicant):
    change(certified_at=None, county_id=None, dishonest=True)
    page = applicant.get("/declare/matching").text
    for said in ("尚未通过企业认证", "选择所属市和所属县（区）", "失信被执行人"):
        assert said in page
    assert 'href="/certification/"' in page
    assert 'href="/enterprise/"' in page


def test_others_have_no_such_page(client):
    assert client("county_officer").get("/declare/matching").status_code in (302, 403, 404)


def test_it_takes_few_statements(applicant):
    statements = []
    listen = lambda *args: statements.append(args[2])  # noqa: E731
    applicant.get("/declare/matching")
    event.listen(db.engine, "before_cursor_execute", listen)
    applicant.get("/declare/matching")
    event.remove(db.engine, "before_cursor_execute", listen)
    assert len(statements) <= 12, statements
