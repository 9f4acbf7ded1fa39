"""平台运维 at /ops/: jobs, stored files, audit events and log-ins, for operators; auditors read the last two."""

from typing import Any

from flask import Flask, flash, g, redirect
from flask_admin import Admin, expose
from flask_admin.actions import action
from flask_admin.theme import Bootstrap4Theme
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..errors import DomainError
from ..extensions import db
from ..models import AuditEvent, Job, JobState, LoginEvent, StoredFile
from ..services import audit, files, jobs, operations
from .access import may
from .cells import show, show_size, tag
from .headers import csp_nonce
from .health import worker_is_alive, worker_seen_at
from .ops_base import GuardedIndexView, OpsModelView, Since, Until
from .ops_export import send_csv
from .ops_lists import mount_lists
from .ops_notices import mount_notices
from .ops_words import ACTIONS, JOB_KINDS, LOG_IN_REASONS, SUBJECTS, words_of

SHORT = 60


def init_ops(app: Flask) -> None:
    """Mount the console."""
    index = OpsIndexView(name=_("概览"), endpoint="ops", url="/ops")
    console = Admin(
        app, name=_("平台运维"), url="/ops", endpoint="ops", index_view=index, theme=Bootstrap4Theme(),
        csp_nonce_generator=csp_nonce,
    )  # fmt: skip
    console.add_view(JobAdmin(Job, db, name=_("后台任务"), endpoint="ops_jobs", url="jobs"))
    console.add_view(StoredFileAdmin(StoredFile, db, name=_("存储的文件"), endpoint="ops_files", url="files"))
    mount_notices(console)
    mount_lists(console)
    console.add_view(AuditEventAdmin(AuditEvent, db, name=_("审计日志"), endpoint="ops_audit", url="audit"))
    console.add_view(LoginEventAdmin(LoginEvent, db, name=_("登录日志"), endpoint="ops_logins", url="logins"))


def _whole(_view: Any, _context: Any, row: Any, name: str) -> Any:
    return show(getattr(row, name))


def _short(_view: Any, _context: Any, row: Any, name: str) -> Any:
    text = str(show(getattr(row, name)))
    return text if len(text) <= SHORT else f"{text[:SHORT]}……"


def _facts(_view: Any, _context: Any, row: Any, name: str) -> str:
    facts = getattr(row, name) or {}
    text = gettext("，").join(f"{key}{gettext('：')}{show(value)}" for key, value in facts.items())
    return text or str(show(None))


def _short_facts(view: Any, context: Any, row: Any, name: str) -> str:
    text = _facts(view, context, row, name)
    return text if len(text) <= SHORT else f"{text[:SHORT]}……"


class OpsIndexView(GuardedIndexView):
    """Figures that tell whether anything needs a hand."""

    @expose("/")
    def index(self):
        """Show the figures that the person may look into."""
        return self.render(
            "ops/index.html",
            overview=operations.overview(g.arrived_at),
            counted=operations.COUNTED,
            worker_alive=worker_is_alive(),
            worker_seen_at=worker_seen_at(),
            storage_answers=files.storage_answers(),
            sees_work=may("can_read", "JobAdmin"),
        )


class JobAdmin(OpsModelView):
    """Long work: what is queued, running, done and failed; failed jobs can be started again."""

    column_list = ("id", "kind", "state", "progress", "attempts", "message", "created_at", "finished_at")
    column_details_list = (
        "id", "public_id", "site_id", "kind", "key", "state", "progress", "attempts", "message", "payload", "worker",
        "heartbeat_at", "created_at", "created_by_id", "finished_at", "file_id",
    )  # fmt: skip
    column_labels = {
        "id": _("编号"),
        "public_id": _("公开编号"),
        "site_id": _("站点"),
        "kind": _("类别"),
        "key": _("任务标识"),
        "state": _("状态"),
        "progress": _("进度"),
        "attempts": _("尝试次数"),
        "message": _("说明"),
        "payload": _("参数"),
        "worker": _("执行进程"),
        "heartbeat_at": _("最近心跳"),
        "created_at": _("发起时间"),
        "created_by_id": _("提交人编号"),
        "finished_at": _("完成时间"),
        "file_id": _("结果文件"),
    }
    column_formatters = {
        "message": _short,
        "state": lambda _v, _c, row, _n: show(row.state),
        "kind": words_of(JOB_KINDS),
        "progress": lambda _v, _c, row, _n: f"{row.progress} %",
    }
    column_formatters_detail = {**column_formatters, "payload": _facts, "message": _whole}
    column_filters = ("state", "kind")
    column_choices = {"state": [(state.name, state.label) for state in JobState]}
    column_searchable_list = ("kind", "key", "message")

    @action("retry", _("重试"), _("将从头重新执行下列失败的任务："))
    def retry(self, ids: list[str]):
        """Start failed jobs again; each that did not fail is named with the reason."""
        done = 0
        for job in self.read_rows(ids):
            try:
                jobs.retry(job, by=g.user, at=g.arrived_at)
                done += 1
            except DomainError as refusal:
                flash(gettext("任务 %(id)s：%(reason)s", id=job.id, reason=refusal), "warning")
        db.session.commit()
        if done:
            flash(gettext("已重新提交 %(count)s 个任务", count=done), "success")


class StoredFileAdmin(OpsModelView):
    """Files by their hash; their content can be checked against it."""

    column_list = ("id", "sha256", "mime", "size", "stored_at")
    column_details_list = ("id", "site_id", "sha256", "mime", "size", "stored_at")
    column_labels = {
        "id": _("编号"),
        "site_id": _("站点"),
        "sha256": _("内容指纹 SHA-256"),
        "mime": _("类型"),
        "size": _("大小"),
        "stored_at": _("保存时间"),
    }
    column_formatters = {
        "sha256": lambda _v, _c, row, _n: row.sha256[:16],
        "size": lambda _v, _c, row, _n: show_size(row.size),
    }
    column_formatters_detail = {"size": column_formatters["size"]}
    column_filters = ("mime", "size")
    column_searchable_list = ("sha256",)

    @action("check", _("校验完整性"), _("将读取下列文件的全部内容，核对是否完好："))
    def check(self, ids: list[str]):
        """Compare contents with their hashes, outside any transaction, and note the outcome."""
        rows = self.read_rows(ids)
        for row in rows:
            db.session.expunge(row)
        db.session.rollback()  # reading large files must not hold the database
        broken = [row for row in rows if not files.is_intact(row)]
        for row in rows:
            audit.record("check_file", row, by=g.user, at=g.arrived_at, detail={"intact": row not in broken})
        db.session.commit()
        for row in broken:
            flash(gettext("文件 %(id)s（%(sha)s）缺失或已损坏，请从备份恢复", id=row.id, sha=row.sha256[:16]), "danger")
        flash(
            gettext("已校验 %(all)s 个文件，完好 %(good)s 个", all=len(rows), good=len(rows) - len(broken)), "success"
        )


class AuditEventAdmin(OpsModelView):
    """Who did what; the chain of hashes can be verified."""

    list_template = "ops/audit.html"
    column_list = ("id", "at", "account_name", "action", "subject", "subject_id", "detail", "sealed_sha")
    column_details_list = (
        "id", "at", "site_id", "account_id", "account_name", "action", "subject", "subject_id", "detail", "sealed_sha",
    )  # fmt: skip
    column_labels = {
        "id": _("编号"),
        "at": _("时间"),
        "site_id": _("站点"),
        "account_id": _("账号编号"),
        "account_name": _("操作人"),
        "action": _("操作"),
        "subject": _("对象"),
        "subject_id": _("对象编号"),
        "detail": _("内容"),
        "sealed_sha": _("封存"),
    }
    column_formatters = {
        "action": words_of(ACTIONS),
        "subject": words_of(SUBJECTS),
        "detail": _short_facts,
        "sealed_sha": lambda _v, _c, row, _n: (
            tag(gettext("已封存"), "ok") if row.sealed_sha else tag(gettext("待封存"), "wait")
        ),
    }
    column_formatters_detail = {"detail": _facts}
    column_filters = (
        Since(AuditEvent.at, _("时间")), Until(AuditEvent.at, _("时间")), "account_name", "action", "subject",
        "subject_id",
    )  # fmt: skip
    can_export = True
    export_max_rows = 20_000
    column_formatters_export = {"action": words_of(ACTIONS), "subject": words_of(SUBJECTS), "detail": _facts}
    column_searchable_list = ("account_name", "action", "subject")

    @expose("/export/<export_type>/")
    def export(self, export_type: str):
        """Hand out what the filters leave, and note that it was done."""
        columns = [(name, str(self.column_labels[name])) for name in self.column_list]
        _count, rows = self._export_data()
        lines = [[self.get_export_value(row, name) for name, _label in columns] for row in rows]
        db.session.rollback()  # what is noted now is a transaction of its own
        audit.record("export_audit", g.user, by=g.user, at=g.arrived_at, detail={"rows": len(lines)})
        db.session.commit()
        return send_csv(gettext("审计日志"), [label for _name, label in columns], lines, most=self.export_max_rows)

    @expose("/verify", methods=("POST",))
    def verify(self):
        """Verify the chain piece by piece and note the outcome."""
        if not self.grants("verify"):
            return self.inaccessible_callback("verify")
        broken = _first_broken()
        audit.record(
            "verify_audit_chain",
            g.user,
            by=g.user,
            at=g.arrived_at,
            detail={"intact": broken is None, "broken": broken},
        )
        db.session.commit()
        if broken is None:
            flash(gettext("审计日志完整，未发现改动"), "success")
        else:
            flash(gettext("编号 %(id)s 的审计日志与封存时不一致，请立即核查", id=broken), "danger")
        return redirect(self.get_url(".index_view"))


def _first_broken() -> int | None:
    """Return the id of the first event that does not match; no transaction stays open over the whole chain."""
    place: audit.Place | None = audit.BEGINNING
    while place is not None:
        broken, place = audit.check_chain(place)
        broken_id = broken.id if broken is not None else None
        db.session.commit()
        if broken_id is not None:
            return broken_id
    return None


class LoginEventAdmin(OpsModelView):
    """Log-in attempts, refused ones included."""

    column_list = ("id", "at", "username", "succeeded", "reason", "address")
    column_details_list = ("id", "at", "site_id", "username", "account_id", "succeeded", "reason", "address")
    column_labels = {
        "id": _("编号"),
        "at": _("时间"),
        "site_id": _("站点"),
        "username": _("用户名"),
        "account_id": _("账号编号"),
        "succeeded": _("结果"),
        "reason": _("原因"),
        "address": _("来源地址"),
    }
    column_formatters = {
        "succeeded": lambda _v, _c, row, _n: (
            tag(gettext("成功"), "ok") if row.succeeded else tag(gettext("失败"), "stop")
        ),
        "reason": words_of(LOG_IN_REASONS),
    }
    column_formatters_detail = column_formatters
    column_filters = (
        Since(LoginEvent.at, _("时间")), Until(LoginEvent.at, _("时间")), "username", "succeeded", "address",
    )  # fmt: skip
    column_searchable_list = ("username", "address")
