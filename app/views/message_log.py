"""消息记录 and 外发记录: who of a site was told what and when, for its administrators."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement

from ..extensions import db
from ..models import DeliveryState, Message, Outbox
from ..services import resending
from ..services.wordings import CARRYING_CODES, KINDS
from .base import ScopedInterface, ScopedModelView, Tab, came_from


def kind_label(row: Any) -> Any:
    """Return what a kind of message is called; one that is no longer known by its key."""
    kind = KINDS.get(row.kind)
    return kind.label if kind else row.kind


class MessageLogAdmin(ScopedModelView):
    """`/message-log/`: every line in the inboxes of the site."""

    datamodel = ScopedInterface(Message, key="public_id")
    route_base = "/message-log"
    base_permissions = ["can_list", "can_show"]
    noun = _("消息记录")
    purpose = _("查询何时向谁发送过什么消息、对方何时阅读。")
    empty_hint = _("平台发出消息后会显示在这里。")
    subject = "title"
    list_columns = ["title", "account", "kind", "created_at", "read_at"]
    show_columns = ["title", "account", "kind", "created_at", "read_at", "body"]
    search_columns = ["title", "account.first_name", "created_at"]
    order_columns = ["created_at"]
    base_order = ("id", "desc")
    label_columns = {
        "title": _("标题"),
        "account": _("接收人"),
        "account.first_name": _("接收人"),
        "kind": _("情形"),
        "created_at": _("发送时间"),
        "read_at": _("阅读时间"),
        "body": _("内容"),
    }

    def conditions(self) -> list[ColumnElement]:
        """Show the own site only; operators have lists of their own."""
        return [Message.site_id == g.user.site_id]

    def cell_kind(self, row: Message) -> Any:
        return kind_label(row)


class DeliveryAdmin(ScopedModelView):
    """`/deliveries/`: what left the site by e-mail and SMS; what failed can be sent again."""

    datamodel = ScopedInterface(Outbox)
    route_base = "/deliveries"
    base_permissions = ["can_list", "can_show", "resend"]
    noun = _("外发记录")
    purpose = _("电子邮件和短信的发送情况；发送失败的可勾选后重发。")
    empty_hint = _("有消息以电子邮件或短信发出后会显示在这里。")
    subject = "subject"
    list_columns = ["subject", "address", "channel", "state", "created_at", "sent_at", "problem"]
    show_columns = [
        "subject", "address", "account", "channel", "kind", "state", "attempts", "created_at", "next_try_at", "sent_at",
        "problem", "body",
    ]  # fmt: skip
    search_columns = ["address", "subject", "channel", "created_at"]
    order_columns = ["created_at"]
    base_order = ("id", "desc")
    label_columns = {
        "subject": _("标题"),
        "address": _("收件地址"),
        "account": _("接收人"),
        "channel": _("发送方式"),
        "kind": _("情形"),
        "state": _("状态"),
        "attempts": _("已尝试次数"),
        "created_at": _("提交时间"),
        "next_try_at": _("下次尝试"),
        "sent_at": _("发送时间"),
        "problem": _("失败原因"),
        "body": _("内容"),
    }

    def conditions(self) -> list[ColumnElement]:
        """Show the own site only; operators have lists of their own."""
        return [Outbox.site_id == g.user.site_id]

    def tabs(self) -> Sequence[Tab]:
        return [
            Tab("all", _("全部"), Outbox.id > 0),
            *(Tab(state.value, state.label, Outbox.state == state) for state in DeliveryState),
        ]

    def cell_kind(self, row: Outbox) -> Any:
        return kind_label(row)

    def cell_body(self, row: Outbox) -> str:
        """A code is for its receiver's eyes alone."""
        return gettext("（含验证码，不显示）") if row.kind in CARRYING_CODES else row.body

    @action("resend", _("重新发送"), _("将再次发送下列消息："), single=False)
    def resend(self, copies: list[Outbox]):
        """Put failed ones back in line."""
        for copy in copies:
            resending.resend(copy, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已重新排队 %(count)s 条，将在几秒内发送", count=len(copies)), "success")
        return redirect(came_from(self._list_url()))
