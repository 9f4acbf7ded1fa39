"""Who was told what and when: lines in inboxes, and what left the platform by e-mail and SMS."""

from flask import flash, g
from flask_admin import Admin
from flask_admin.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..errors import DomainError
from ..extensions import db
from ..models import Channel, DeliveryState, Message, Outbox
from ..services import resending
from ..services.wordings import KINDS
from .cells import show
from .ops_base import OpsModelView, Since, Until

KIND_CHOICES = [(kind.key, kind.label) for kind in KINDS.values()]
LABELS = {
    "id": _("编号"),
    "site_id": _("站点"),
    "account": _("收件人"),
    "kind": _("类别"),
    "created_at": _("时间"),
}


def mount_notices(console: Admin) -> None:
    """Mount both lists."""
    console.add_view(MessageLogAdmin(Message, db, name=_("站内消息"), endpoint="ops_messages", url="messages"))
    console.add_view(OutboxAdmin(Outbox, db, name=_("邮件和短信"), endpoint="ops_outbox", url="outbox"))


def _kind(_view, _context, row, _name):
    kind = KINDS.get(row.kind)
    return kind.label if kind else row.kind


class MessageLogAdmin(OpsModelView):
    """Lines in people's inboxes, with when they were read."""

    column_list = ("id", "created_at", "account", "kind", "title", "read_at")
    column_details_list = ("id", "site_id", "created_at", "account", "kind", "title", "body", "link", "read_at")
    column_labels = {**LABELS, "title": _("标题"), "body": _("内容"), "link": _("链接"), "read_at": _("阅读时间")}
    column_formatters = {"kind": _kind}
    column_formatters_detail = column_formatters
    column_choices = {"kind": KIND_CHOICES}
    column_filters = (Since(Message.created_at, _("时间")), Until(Message.created_at, _("时间")), "kind")
    column_searchable_list = ("title",)


class OutboxAdmin(OpsModelView):
    """What left the platform or is about to; what failed can be sent again."""

    column_list = ("id", "created_at", "account", "channel", "address", "subject", "state", "sent_at", "problem")
    column_details_list = (
        "id", "site_id", "created_at", "account", "kind", "channel", "address", "subject", "body", "state", "attempts",
        "problem", "next_try_at", "sent_at",
    )  # fmt: skip
    column_labels = {
        **LABELS,
        "channel": _("方式"),
        "address": _("地址"),
        "subject": _("标题"),
        "body": _("内容"),
        "state": _("状态"),
        "attempts": _("尝试次数"),
        "problem": _("失败原因"),
        "next_try_at": _("下次发送时间"),
        "sent_at": _("发送时间"),
    }
    column_formatters = {
        "kind": _kind,
        "channel": lambda _v, _c, row, _n: show(row.channel),
        "state": lambda _v, _c, row, _n: show(row.state),
    }
    column_formatters_detail = column_formatters
    column_choices = {
        "state": [(state.name, state.label) for state in DeliveryState],
        "channel": [(channel.name, channel.label) for channel in Channel],
    }
    column_filters = (
        Since(Outbox.created_at, _("时间")), Until(Outbox.created_at, _("时间")), "state", "channel", "kind",
    )  # fmt: skip
    column_searchable_list = ("address", "subject")

    @action("resend", _("重发"), _("将重新发送下列发送失败的消息："))
    def resend(self, ids: list[str]):
        """Put failed ones back in line; each that did not fail is named with the reason."""
        done = 0
        for copy in self.read_rows(ids):
            try:
                resending.resend(copy, by=g.user, at=g.arrived_at)
                done += 1
            except DomainError as refusal:
                flash(gettext("消息 %(id)s：%(reason)s", id=copy.id, reason=refusal), "warning")
        db.session.commit()
        if done:
            flash(gettext("已重新排队 %(count)s 条，稍后发送", count=done), "success")
