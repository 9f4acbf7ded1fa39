"""What leaves the platform: by file, by SMTP, once while nobody dies, tried again while the way is closed."""

import socket
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from app import sending
from app.clock import now
from app.extensions import db
from app.models import Channel, DeliveryState, Outbox
from app.services import messages, outbox
from app.services.delivery import NotDelivered, Parcel, adapter_for
from app.services.delivery.files import FileAdapter


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def waiting(app, person, clock):
    """One e-mail and one SMS to a person, waiting."""
    boss = person("enterprise_admin")
    boss.email, boss.mobile = "boss@example.com", "13800000001"
    facts = {"project": "测试项目", "opinion": "请补充"}
    messages.tell("returned", [boss], facts, link="/declarations/x/", at=clock.at)
    db.session.commit()
    return {row.channel: row for row in db.session.scalars(select(Outbox))}


@pytest.fixture
def way(monkeypatch):
    """A way out that keeps what it is given, and does before that what a test puts into `before`."""

    class Way:
        sent: list[Parcel] = []
        before = None

        def __init__(self, _config=None) -> None:
            pass

        @contextmanager
        def opened(self):
            yield self.take

        def take(self, parcel):
            if Way.before:
                Way.before(parcel)
            Way.sent.append(parcel)

    Way.sent, Way.before = [], None
    monkeypatch.setattr(sending, "adapter_for", lambda _channel, _config: Way())
    return Way


def test_by_default_each_copy_becomes_a_readable_file(app, waiting, clock):
    assert sending.send_due(clock) == 2
    folder = Path(app.config["INSTANCE"]) / "outbox"
    mail = (folder / "email" / f"outbox-{waiting[Channel.EMAIL].id}.txt").read_text()
    assert mail.startswith("收件人：boss@example.com\n标题：项目被退回，请修改后重新提交：测试项目\n")
    assert "localhost/declarations/x/" in mail or ":5000/declarations/x/" in mail
    assert "13800000001" in (folder / "sms" / f"outbox-{waiting[Channel.SMS].id}.txt").read_text()
    assert {row.state for row in db.session.scalars(select(Outbox))} == {DeliveryState.SENT}
    assert sending.send_due(clock) == 0


def test_two_workers_do_not_send_the_same(waiting, way, clock):
    def other_worker(_parcel):
        way.before = None
        sending.send_due(clock)

    way.before = other_worker
    sending.send_due(clock)
    assert sorted(p.id for p in way.sent) == sorted(f"outbox-{row.id}" for row in waiting.values())


def test_a_worker_killed_between_sending_and_noting_sends_again_under_the_same_id(waiting, way, clock):
    class Killed(BaseException):
        pass

    def die(_parcel):
        way.sent.append(_parcel)
        raise Killed

    way.before = die
    with pytest.raises(Killed):
        sending.send_due(clock)
    db.session.rollback()
    way.before = None
    sending.send_due(clock)
    first = way.sent[0].id
    assert [p.id for p in way.sent].count(first) == 1  # its claim still holds
    clock.at += outbox.LEASE
    sending.send_due(clock)
    assert [p.id for p in way.sent].count(first) == 2
    assert {row.state for row in db.session.scalars(select(Outbox))} == {DeliveryState.SENT}


def test_a_closed_way_is_tried_again_later_and_given_up_with_the_reason(waiting, way, clock):
    def refuse(_parcel):
        raise NotDelivered("邮箱已满")

    way.before = refuse
    row = waiting[Channel.EMAIL]
    for pause in outbox.PAUSES:
        sending.send_due(clock)
        db.session.refresh(row)
        assert (row.state, row.problem, row.next_try_at) == (DeliveryState.WAITING, "邮箱已满", clock.at + pause)
        clock.at += pause
    sending.send_due(clock)
    db.session.refresh(row)
    assert (row.state, row.attempts, row.problem) == (DeliveryState.FAILED, outbox.MAX_ATTEMPTS, "邮箱已满")
    clock.at += timedelta(days=9)
    assert sending.send_due(clock) == 0


def test_what_is_refused_for_good_is_not_tried_again(waiting, way, clock):
    def refuse(_parcel):
        raise NotDelivered("查无此人", for_good=True)

    way.before = refuse
    sending.send_due(clock)
    states = {(row.state, row.attempts) for row in db.session.scalars(select(Outbox))}
    assert states == {(DeliveryState.FAILED, 1)}


def test_an_adapter_that_breaks_stops_only_its_own_row(waiting, way, clock):
    def break_down(parcel):
        if parcel.channel is Channel.EMAIL:
            raise RuntimeError("a bug")

    way.before = break_down
    assert sending.send_due(clock) == 1
    db.session.refresh(waiting[Channel.EMAIL])
    assert waiting[Channel.EMAIL].problem.startswith("发送程序出错")


# ---------------------------------------------------------------- SMTP, against a real server


class Postbox:
    """Keeps letters; refuses one address for good and another for now."""

    def __init__(self) -> None:
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such person"
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def postbox(app, monkeypatch):
    handler = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings = {
        "MAIL_DELIVERY": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": port,
        "SMTP_SECURITY": "none", "MAIL_FROM": "申报平台 <noreply@example.gov.cn>",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    yield handler
    controller.stop()


def test_smtp_hands_over_chinese_letters(waiting, postbox, clock):
    sending.send_due(clock)
    (letter,) = postbox.letters
    assert letter["To"] == "boss@example.com"
    assert letter["Subject"] == "项目被退回，请修改后重新提交：测试项目"
    assert letter["Message-ID"] == f"<outbox-{waiting[Channel.EMAIL].id}@example.gov.cn>"
    assert "退回意见：请补充" in letter.get_content()


@pytest.mark.parametrize(
    ("address", "state"), [("nobody@example.com", DeliveryState.FAILED), ("full@example.com", DeliveryState.WAITING)]
)
def test_smtp_tells_for_good_from_for_now(waiting, postbox, clock, address, state):
    row = waiting[Channel.EMAIL]
    row.address = address
    db.session.commit()
    sending.send_due(clock)
    db.session.refresh(row)
    assert row.state is state
    assert row.problem.startswith("邮件服务器拒收：")


@pytest.mark.parametrize("address", ["a@b.cn\nBcc: x@y.z", ""])
def test_an_address_that_is_none_fails_with_a_reason(waiting, postbox, clock, address):
    row = waiting[Channel.EMAIL]
    row.address = address
    db.session.commit()
    sending.send_due(clock)
    db.session.refresh(row)
    assert row.state in (DeliveryState.FAILED, DeliveryState.WAITING)
    assert row.problem
    assert postbox.letters == []


def test_smtp_that_does_not_answer_leaves_every_letter_waiting(app, waiting, clock, monkeypatch):
    for name, value in {"MAIL_DELIVERY": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": 9}.items():
        monkeypatch.setitem(app.config, name, value)
    sending.send_due(clock)
    row = waiting[Channel.EMAIL]
    db.session.refresh(row)
    assert (row.state, row.attempts) == (DeliveryState.WAITING, 1)
    assert row.problem.startswith("无法连接邮件服务器")


def test_adapters_are_chosen_by_name(app):
    config = dict(app.config) | {"SMS_DELIVERY": "app.services.delivery.files:FileAdapter"}
    assert isinstance(adapter_for(Channel.SMS, config), FileAdapter)
    with pytest.raises(ValueError, match="SMS_DELIVERY"):
        adapter_for(Channel.SMS, config | {"SMS_DELIVERY": "nothing"})
