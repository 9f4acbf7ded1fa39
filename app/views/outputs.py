"""What an office takes along of a call: summary sheets and its files as one archive, each made by the worker."""

from flask import g, request, url_for
from flask_appbuilder import expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..extensions import db
from ..models import Call, Job, Programme
from ..permissions import get_visible, visible
from ..services import bundles, summaries
from .base import ScopedView, allowed, came_from
from .jobs import follow


class OutputView(ScopedView):
    """Asking for sheets and archives; the job's page shows how far they are."""

    route_base = "/outputs"
    default_view = "call_sheet"

    @expose("/calls/<int:call_id>/sheet", methods=["POST"])
    @allowed("read")
    def call_sheet(self, call_id):
        """Ask for the summary sheet of a call."""
        call = get_visible(Call, call_id, g.user, joinedload(Call.programme))
        return self._follow(self._sheet([call], f"{call.programme.name}-{call.name}"))

    @expose("/programmes/<int:programme_id>/sheet", methods=["POST"])
    @allowed("read")
    def programme_sheet(self, programme_id):
        """Ask for the summary sheet of a programme over all its calls."""
        programme = get_visible(Programme, programme_id, g.user)
        query = select(Call).where(Call.programme_id == programme.id, visible(Call, g.user)).order_by(Call.id)
        return self._follow(self._sheet(list(db.session.scalars(query)), programme.name))

    @expose("/calls/<int:call_id>/files", methods=["POST"])
    @allowed("read")
    def call_files(self, call_id):
        """Ask for the files of everything submitted for a call."""
        call = get_visible(Call, call_id, g.user, joinedload(Call.programme))
        return self._follow(bundles.request_of_call(call, by=g.user, at=g.arrived_at))

    def _sheet(self, calls: list[Call], subject: str) -> Job:
        return summaries.request_sheet(calls, subject, request.form.get("ending", ""), by=g.user, at=g.arrived_at)

    def _follow(self, job: Job):
        db.session.commit()
        return follow(job, came_from(url_for("ReviewView.index")))
