"""企业工作台: what waits first, then what can be declared, then figures."""

from flask import g
from flask_appbuilder import expose
from flask_babel import gettext

from ...errors import NotEligible
from ...services import calls, inbox, individuals, particulars, waiting
from ..base import ScopedView, allowed
from .own import own_enterprise

CALLS_SHOWN, MESSAGES_SHOWN = 5, 5


class WorkbenchView(ScopedView):
    """The enterprise's home."""

    route_base = "/workbench"
    default_view = "index"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show what waits, the calls, and how many declarations stand where."""
        enterprise = own_enterprise()
        openings = calls.openings_for(enterprise, g.arrived_at, by=g.user)
        startable = [o for o in openings if o.is_open and o.resumable is None]
        coming = [o for o in openings if not o.is_open and not o.declarations and o.terms]
        others = [o for o in coming if o.terms.opens_at > g.arrived_at and not isinstance(o.refusal, NotEligible)]
        individual = individuals.individual_in(enterprise, g.user)
        return self.render_template(
            "declaring/workbench/index.html",
            title=gettext("企业工作台") if individual is None else gettext("个人工作台"),
            enterprise=enterprise,
            missing=particulars.missing(enterprise) if individual is None else [],
            waiting=waiting.waiting_for(openings, g.arrived_at),
            figures=waiting.figures_of(openings),
            individual=individual,
            in_unit=waiting.unit_waiting(g.user),
            unattended=waiting.unattended(d for o in openings for d in o.declarations),
            openings=[*startable, *others][:CALLS_SHOWN],
            messages=inbox.newest_unread(g.user, limit=MESSAGES_SHOWN),
            at=g.arrived_at,
        )
