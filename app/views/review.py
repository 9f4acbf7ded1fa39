"""申报管理: programmes and calls, the page on which a declaration is read and decided, summary sheets."""

from collections.abc import Iterable, Mapping
from functools import partial

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from ..errors import DomainError, NotFound
from ..extensions import db
from ..models import Call, Declaration
from ..permissions import get_visible
from ..services import dossiers, presences, ranking, review_lists, reviews, summaries
from ..workflow.definition import Workflow
from .base import ScopedView, allowed, came_from, grants, here, may
from .deciding import outcome, page_facts, read_decision, submission_asked_for
from .presence import present_sentences


class ReviewView(ScopedView):
    """What an office has to review, and doing it."""

    route_base = "/review"

    # ------------------------------------------------------------ programmes and calls

    @expose("/")
    @allowed("read")
    def index(self):
        """Show the programmes with their calls and what waits in them."""
        asked = {name: request.args.get(name, "").strip()[:60] for name in ("year", "programme", "call")}
        workflows = review_lists.workflows_of(g.user.site_id)
        programmes = review_lists.programmes_for(g.user, workflows)
        return self.render_template(
            "review/index.html",
            title=gettext("申报管理"),
            programmes=_matching(programmes, asked),
            asked=asked,
            years=sorted({line.programme.year for line in programmes}, reverse=True),
            has_any=bool(programmes),
            ranked={c.id for p in programmes for c in _ranked(p, workflows)},
            may_award=may("can_list", "AwardAdmin"),
            with_sheet=summaries.calls_with_sheet([line.call for p in programmes for line in p.calls]),
            level=review_lists.level_of(g.user),
            may_act=grants(self, "act"),
            here=here(),
        )

    # ------------------------------------------------------------ reading and deciding

    @expose("/declaration/<public_id>")
    @allowed("read")
    def declaration(self, public_id):
        """Show a declaration beside what may be done with it."""
        return self._page(dossiers.read_dossier(public_id, g.user, g.arrived_at, submission_asked_for()))

    @expose("/declaration/<public_id>", methods=["POST"])
    @allowed("act")
    def act(self, public_id):
        """Take an action; a refusal shows the page again with everything typed."""
        try:
            declaration = reviews.read_declaration(public_id, g.user)
            entry = reviews.act(declaration, request.form.get("do", ""), **read_decision())
            presences.leave(declaration, by=g.user)
            message, following = outcome(declaration, entry), _next_url(declaration)
            db.session.commit()
        except NotFound:
            raise
        except DomainError as refusal:
            db.session.rollback()
            return self._page(dossiers.read_dossier(public_id, g.user, g.arrived_at), refusal), refusal.status
        flash(message, "success")
        return redirect(following)

    def _page(self, dossier: dossiers.Dossier, refusal: DomainError | None = None) -> str:
        public_id = dossier.declaration.public_id
        return self.render_template(
            "review/declaration.html",
            **page_facts(dossier, refusal, may_act=grants(self, "act")),
            present=present_sentences(dossier.declaration),
            address_of=partial(url_for, "ReviewView.declaration", public_id=public_id),
            back=came_from(_queue_url(dossier.declaration)),
        )

    @expose("/declaration/<public_id>/records")
    @allowed("read")
    def records(self, public_id):
        """Show the processing record by itself."""
        declaration = get_visible(Declaration, public_id, g.user, joinedload(Declaration.enterprise))
        return self.render_template(
            "review/records.html",
            title=gettext("办理记录"),
            declaration=declaration,
            records=dossiers.records_of(declaration),
            back=came_from(url_for("ReviewView.declaration", public_id=public_id)),
        )


def _matching(programmes: list[review_lists.ProgrammeLine], asked: dict[str, str]) -> list[review_lists.ProgrammeLine]:
    """Keep the programmes of that year and name, each with its calls of that name."""
    kept = []
    for line in programmes:
        fits = asked["programme"] in line.programme.name and asked["year"] in ("", str(line.programme.year))
        calls = tuple(c for c in line.calls if asked["call"] in c.call.name) if fits else ()
        if calls:
            kept.append(review_lists.ProgrammeLine(line.programme, calls))
    return kept


def _ranked(line: review_lists.ProgrammeLine, workflows: Mapping[int, Workflow]) -> Iterable[Call]:
    """Return the calls of a programme whose declarations the person's level puts into order."""
    return (item.call for item in line.calls if ranking.may_rank(g.user, workflows[item.call.version_id]))


def _next_url(declaration: Declaration) -> str:
    """Return where the person goes on: the next declaration that waits, if asked for, or the page before."""
    following = dossiers.find_next(declaration, g.user) if request.form.get("go_on") == "1" else None
    if following is None:
        return came_from(_queue_url(declaration))
    return url_for("ReviewView.declaration", public_id=following, back=came_from(_queue_url(declaration)), go_on=1)


def _queue_url(declaration: Declaration) -> str:
    return url_for("ReviewQueueAdmin.list", call=declaration.call_id)
