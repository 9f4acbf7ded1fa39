"""忘记密码: the picture, the code to the phone and the new password; and everything that does not work."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.clock import now
from app.errors import Invalid, TooManyAttempts
from app.extensions import db
from app.models import AuditEvent, Captcha, Channel, OneTimeCode, Outbox
from app.services import captchas, forgotten_passwords, one_time_codes
from tests.conftest import PASSWORD

NEW = "Jinshan2026"
MOBILE = "13911112222"
SENT = "如该账号存在且登记了手机号码"


@pytest.fixture
def owner(person):
    account = person("enterprise_admin")
    account.mobile = MOBILE
    db.session.commit()
    return account


@pytest.fixture
def visitor(client):
    return client(None)


def picture(browser) -> tuple[str, str]:
    """Return the name of a fresh picture and its answer, which only the database knows."""
    public_id = browser.post("/captcha/").json["id"]
    return public_id, db.session.scalars(select(Captcha.answer).where(Captcha.public_id == public_id)).one()


def ask(browser, name, answer=None, public_id=None):
    if public_id is None:
        public_id, right = picture(browser)
        answer = right if answer is None else answer
    return browser.post("/forgotten-password/", data={"username": name, "captcha": answer, "captcha_id": public_id})


def sent_code() -> str:
    body = db.session.scalars(select(Outbox.body).where(Outbox.kind == "reset_code").order_by(Outbox.id.desc())).first()
    return re.search(r"\d{6}", body).group()


def reset(browser, code, new=NEW, again=None):
    return browser.post(
        "/forgotten-password/code", data={"code": code, "new_password": new, "again": new if again is None else again}
    )


def logs_in(browser, password) -> bool:
    return browser.post("/login/", data={"username": "enterprise_admin", "password": password}).status_code == 302


@pytest.mark.parametrize("name", ["enterprise_admin", MOBILE])
def test_a_code_to_the_phone_gives_a_new_password_and_ends_sessions(client, visitor, owner, name):
    seat = client("enterprise_admin")
    assert ask(visitor, name).location == "/forgotten-password/code"
    copy = db.session.scalars(select(Outbox).where(Outbox.kind == "reset_code")).one()
    assert (copy.channel, copy.address) == (Channel.SMS, MOBILE)
    assert reset(visitor, sent_code()).location == "/login/"
    assert seat.get("/account/").status_code == 302
    assert not logs_in(client(None), PASSWORD)
    assert logs_in(client(None), NEW)
    actions = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == owner.id)))
    assert {"ask_for_reset_code", "reset_own_password"} <= actions


@pytest.mark.parametrize(
    "name", ["nobody_here", "13900009999", "91441300MA4W000000", "platform_operator", "' or 1=1 --", "<script>"]
)
def test_who_is_not_there_gets_the_same_answers_and_no_sms(visitor, owner, name):
    known, unknown = ask(visitor, "enterprise_admin"), ask(visitor, name)
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    page = visitor.get(unknown.location)
    assert SENT in page.text
    assert name == "nobody_here" or "<script>" not in page.text
    assert db.session.query(Outbox).filter(Outbox.kind == "reset_code").count() == 1  # the known one's
    assert "不正确或已失效" in reset(visitor, "000000").text
    again = [ask(visitor, each) for each in ("enterprise_admin", name)]
    assert [answer.status_code for answer in again] == [429, 429]
    assert all("60 秒后再试" in answer.text for answer in again)


@pytest.mark.parametrize("change", [{"mobile": None}, {"active": False}, {"locked": True}])
def test_accounts_that_may_not_are_answered_like_those_that_are_not_there(visitor, owner, change):
    for key, value in change.items():
        setattr(owner, key, value)
    assert ask(visitor, "enterprise_admin").location == "/forgotten-password/code"
    assert not db.session.scalars(select(Outbox).where(Outbox.kind == "reset_code")).all()


def test_a_picture_is_good_for_one_try(visitor, owner):
    public_id, answer = picture(visitor)
    wrong = ask(visitor, "enterprise_admin", "WRONG", public_id)
    assert wrong.status_code == 422
    assert "图片验证码不正确或已失效" in wrong.text
    assert ask(visitor, "enterprise_admin", answer, public_id).status_code == 422  # replayed
    assert ask(visitor, "enterprise_admin", answer, "no such picture").status_code == 422
    assert ask(visitor, "enterprise_admin", "é图", None).status_code == 422
    assert not db.session.scalars(select(OneTimeCode)).all()


def test_a_picture_is_good_for_a_few_minutes_and_for_its_site(app, owner):
    at = now()
    kept = [captchas.make_picture(owner.site_id, at=at) for _n in range(2)]
    answers = [db.session.scalars(select(Captcha.answer).where(Captcha.public_id == p.public_id)).one() for p in kept]
    assert all(p.png.startswith(b"\x89PNG") for p in kept)
    with pytest.raises(Invalid):
        captchas.require_answer(
            kept[0].public_id, answers[0], site_id=owner.site_id, at=at + captchas.GOOD_FOR + timedelta(seconds=1)
        )
    with pytest.raises(Invalid):
        captchas.require_answer(kept[1].public_id, answers[1], site_id=owner.site_id + 1, at=at)
    captchas.require_answer(kept[1].public_id, answers[1].lower(), site_id=owner.site_id, at=at)


def test_the_page_never_holds_the_answer(visitor, owner):
    told = visitor.post("/captcha/")
    answer = db.session.scalars(select(Captcha.answer)).one()
    assert answer not in told.text.replace(told.json["image"], "")
    assert answer not in str(told.headers)


def test_a_code_is_good_once(visitor, owner):
    ask(visitor, "enterprise_admin")
    code = sent_code()
    assert reset(visitor, code).status_code == 302
    with visitor.session_transaction() as cookies:
        cookies["forgotten_name"] = "enterprise_admin"
    assert "不正确或已失效" in reset(visitor, code, "Honghua2026").text


def test_a_code_is_locked_after_five_tries(visitor, owner):
    ask(visitor, "enterprise_admin")
    code = sent_code()
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(one_time_codes.MAX_TRIES):
        assert "不正确或已失效" in reset(visitor, wrong).text
    assert "不正确或已失效" in reset(visitor, code).text
    assert logs_in(visitor, PASSWORD)


def test_a_code_runs_out_and_a_newer_one_replaces_it(app, owner):
    at, site_id = now(), owner.site_id
    forgotten_passwords.ask_for_code("enterprise_admin", site_id=site_id, origin=None, at=at)
    first = sent_code()
    with pytest.raises(Invalid):
        forgotten_passwords.set_password("enterprise_admin", first, NEW, site_id=site_id, at=at + timedelta(minutes=6))
    later = at + timedelta(seconds=61)
    forgotten_passwords.ask_for_code("enterprise_admin", site_id=site_id, origin=None, at=later)
    db.session.execute(update(OneTimeCode).values(attempts=0))
    if sent_code() != first:
        with pytest.raises(Invalid):
            forgotten_passwords.set_password("enterprise_admin", first, NEW, site_id=site_id, at=later)
    forgotten_passwords.set_password("enterprise_admin", sent_code(), NEW, site_id=site_id, at=later)


def test_codes_are_limited_by_name_by_account_and_by_origin(app, owner):
    at, site_id = now(), owner.site_id

    def asked(name, minute, origin="10.0.0.1"):
        moment = at + timedelta(minutes=minute)
        forgotten_passwords.ask_for_code(name, site_id=site_id, origin=origin, at=moment)

    for minute in range(0, 10, 2):
        asked("enterprise_admin", minute)
    with pytest.raises(TooManyAttempts):
        asked("enterprise_admin", 12)
    asked(MOBILE, 14)  # the same account by another name: answered, and nothing is sent
    assert db.session.query(Outbox).filter(Outbox.kind == "reset_code").count() == 5
    for number in range(one_time_codes.PER_HOUR_AND_ORIGIN):
        asked(f"nobody_{number}", 16, "10.0.0.2")
    with pytest.raises(TooManyAttempts):
        asked("nobody_more", 16, "10.0.0.2")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"new": "short"}, "8-19 位"),
        ({"new": PASSWORD}, "最近 5 次"),
        ({"again": "Different2026"}, "两次输入的新密码不一致"),
        ({"new": "A1" * 500}, "128"),
    ],
)
def test_a_bad_password_is_refused_and_the_code_stays_good(visitor, owner, typed, sentence):
    ask(visitor, "enterprise_admin")
    refused = reset(visitor, sent_code(), **typed)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert reset(visitor, sent_code()).status_code == 302


def test_over_long_input_and_a_missing_first_step_are_refused(visitor, owner):
    assert ask(visitor, "x" * 5000).status_code == 422
    assert ask(visitor, "enterprise_admin", "1", "A" * 5000).status_code == 422
    assert visitor.get("/forgotten-password/code").location == "/forgotten-password/"
    ask(visitor, "enterprise_admin")
    assert reset(visitor, "1" * 5000).status_code == 422


def test_no_screen_shows_the_code_and_the_table_keeps_a_hash(client, visitor, owner):
    ask(visitor, "enterprise_admin")
    code, copy = sent_code(), db.session.scalars(select(Outbox).where(Outbox.kind == "reset_code")).one()
    row = db.session.scalars(select(OneTimeCode)).one()
    assert code not in row.code_hash
    page = client("province_admin").get(f"/deliveries/show/{copy.id}")
    assert page.status_code == 200
    assert "含验证码，不显示" in page.text
    assert f"验证码 {code}" not in page.text
