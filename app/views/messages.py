"""消息: a person's own inbox, for officials and enterprise people alike."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement

from ..extensions import db
from ..models import Message
from ..services import inbox
from ..services.wordings import KINDS
from .base import ScopedInterface, ScopedModelView, Tab, allowed, came_from, safe_path, tag

SHOWN = 120  # characters of a body that a line shows


class MessageAdmin(ScopedModelView):
    """`/messages/`: list with tabs, opening a message marks it as read and leads to where it is dealt with."""

    datamodel = ScopedInterface(Message, key="public_id")
    route_base = "/messages"
    list_template = "messages/list.html"
    show_template = "messages/show.html"
    base_permissions = ["can_list", "can_show", "mark_read"]
    noun = _("消息")
    purpose = _("审核进展、退回补正、送达和截止提醒都会发到这里；点击标题办理，打开后即记为已读。")
    empty_hint = _("有新的审核进展或待办时，消息会显示在这里。")
    subject = "title"
    list_columns = ["title", "body", "created_at", "read_at"]
    show_columns = ["title", "created_at", "body"]
    search_columns = ["title", "created_at"]
    order_columns = ["created_at"]
    base_order = ("id", "desc")
    label_columns = {
        "title": _("标题"),
        "body": _("内容"),
        "created_at": _("时间"),
        "read_at": _("状态"),
    }

    def conditions(self) -> list[ColumnElement]:
        """Operators may see everybody's messages elsewhere; the inbox is one's own."""
        return [Message.account_id == g.user.id]

    def tabs(self) -> Sequence[Tab]:
        return [
            Tab("unread", _("未读"), Message.read_at.is_(None)),
            Tab("all", _("全部"), Message.id > 0),
        ]

    def row_url(self, row: Message) -> str | None:
        """The title is a button: opening changes something, so it is sent and not fetched."""
        return None

    def cell_title(self, row: Message) -> Markup:
        return Markup('<button class="link{}" form="open-message" formaction="{}">{}</button>').format(
            "" if row.read_at else " unread", self._address("open", row), row.title
        )

    def cell_body(self, row: Message) -> str:
        return row.body if len(row.body) <= SHOWN else row.body[:SHOWN] + "…"

    def cell_read_at(self, row: Message) -> Markup:
        return tag(gettext("已读"), "wait") if row.read_at else tag(gettext("未读"), "brand")

    @expose("/open/<pk>", methods=["POST"])
    @allowed("list")
    def open(self, pk):
        """Mark a message as read and go where it is dealt with."""
        message = self._find(pk, ["title"])
        inbox.mark_read([message], by=g.user, at=g.arrived_at)
        db.session.commit()
        return redirect(safe_path(message.link) or url_for("MessageAdmin.show", pk=message.public_id))

    @expose("/read-all", methods=["POST"])
    @allowed("list")
    def read_all(self):
        """Mark everything as read."""
        count = inbox.mark_all_read(by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已将 %(count)s 条消息标为已读", count=count), "success")
        return redirect(came_from(self._list_url()))

    @action("mark_read", _("标为已读"), "", single=False)
    def mark_read(self, messages: list[Message]):
        """Mark the ticked ones as read."""
        inbox.mark_read(messages, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已将 %(count)s 条消息标为已读", count=len(messages)), "success")
        return redirect(came_from(self._list_url()))

    def show_context(self, item: Message) -> dict[str, Any]:
        kind = KINDS.get(item.kind)
        return super().show_context(item) | {
            "kind_label": kind.label if kind else item.kind,
            "link": safe_path(item.link),
            "here": request.path,
        }
