"""任务: long work as the person who asked for it sees it - how far it is, what came of it, and the file to keep."""

from typing import Any

from flask import Response, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..errors import NotFound
from ..extensions import db
from ..models import Job, JobState
from ..services import jobs
from .base import ScopedView, allowed, came_from
from .declaring.downloads import SHOWN_IN_PLACE, send_stored, wants_download
from .ops_words import JOB_KINDS

BUSY = frozenset({JobState.QUEUED, JobState.RUNNING})
SHOWN_PROBLEMS = 500  # lines on the page; more of them help nobody


def follow(job: Job, back: str | None = None) -> Response:
    """Send the person to the page of work just asked for; `back` is where they go on afterwards."""
    return redirect(url_for("JobView.show", public_id=job.public_id, back=back))


class JobView(ScopedView):
    """Own long work."""

    route_base = "/jobs"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """List what the person asked for lately."""
        return self.render_template(
            "jobs/index.html", title=gettext("我的任务"), jobs=jobs.recent(g.user), title_of=title_of
        )

    @expose("/<public_id>/")
    @allowed("read")
    def show(self, public_id):
        """Show how far a job is and what came of it."""
        job = jobs.find_own(public_id, g.user)
        return self.render_template(
            "jobs/show.html",
            title=title_of(job),
            job=job,
            busy=job.state in BUSY,
            reason=_reason(job),
            report=_report(job),
            viewable=bool(job.file) and job.file.mime in SHOWN_IN_PLACE,
            back=came_from(url_for("JobView.index")),
        )

    @expose("/<public_id>/state")
    @allowed("read")
    def state(self, public_id):
        """Say how far a job is."""
        job = jobs.find_own(public_id, g.user)
        return jsonify(
            state=job.state.value,
            busy=job.state in BUSY,
            progress=job.progress,
            label=str(job.state.label),
            reason=_reason(job),
        )

    @expose("/<public_id>/file")
    @allowed("read")
    def file(self, public_id):
        """Hand out what the job made."""
        job = jobs.find_own(public_id, g.user)
        if job.file is None:
            raise NotFound(_("该任务没有可下载的文件，或文件已过保留期，请重新生成。"))
        name = job.file_name or f"{title_of(job)}.pdf"
        return send_stored(job.file, name, attachment=wants_download())

    @expose("/<public_id>/retry", methods=["POST"])
    @allowed("read")
    def retry(self, public_id):
        """Start a failed job again."""
        job = jobs.find_own(public_id, g.user)
        jobs.retry(job, by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已重新开始"), "success")
        return follow(job, request.form.get("back"))


def title_of(job: Job) -> str:
    """Return what the job makes, in words."""
    return job.title or str(JOB_KINDS.get(job.kind, gettext("后台任务")))


def _reason(job: Job) -> str | None:
    """Return the sentence that goes with a failure."""
    if job.state is not JobState.FAILED:
        return None
    return job.message or gettext("任务没有完成，请重试。")


def _report(job: Job) -> dict[str, Any] | None:
    """Return the report of an import as its page shows it, None for work without one."""
    result = job.result
    if job.state is not JobState.DONE or not isinstance(result, dict) or "problems" not in result:
        return None
    problems = result["problems"]
    return {
        "read": result.get("read", 0),
        "done": result.get("done", 0),
        "total": len(problems),
        "problems": problems[:SHOWN_PROBLEMS],
    }
