"""The declaration document through the worker against xhtml2pdf rendering the same HTML bare: `make bench-pdf`.

Each side lives in a process of its own, since ours mends xhtml2pdf's line breaking in place. Ours runs the whole job:
claim, heartbeat, reading, checks of fonts and characters, layout, page numbers, storing. Bare is `pisaDocument` alone.
"""

import argparse
import gc
import io
import os
from pathlib import Path
from statistics import median
from typing import Any

from .parts import (
    SQLITE,
    application,
    database,
    describe_machine,
    finish,
    in_turns,
    milliseconds,
    ratio,
    say,
    scratch,
    seconds,
    table,
)
from .processes import in_own_process, memory, obey, process

AIMS = {"time_to_bare": 1.1, "peak_over_idle_mb": 100, "renderings_when_asked_again": 0}
COMPANY, OTHER_COMPANY = "enterprise_admin", "gz_enterprise_admin"
SAMPLE = 2  # of the shipped type: six pages
WARM_UP = 2


def main() -> None:
    """Measure both sides in turns and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    describe_machine()
    with scratch() as folder, database(SQLITE, folder) as url:
        html = folder / "declaration.html"
        in_own_process(_prepare, url, html)
        with process(_worker, url) as worker, process(_bare, html) as bare:
            sides = {"worker": lambda: worker("render"), "bare": lambda: bare("render")}
            in_turns(sides, WARM_UP)
            times = in_turns(sides, given.rounds)
            facts = {name: ask("facts") for name, ask in (("worker", worker), ("bare", bare))}
            again = worker("ask again")
    _tell(times, facts, again)


def _tell(times: dict[str, list[float]], facts: dict[str, dict[str, float]], again: int) -> None:
    rows = [
        (
            name,
            milliseconds(times[name]),
            f["pages"],
            f"{f['bytes'] / 1024:.0f}",
            f"{f['idle']:.0f}",
            f"{f['peak']:.0f}",
        )
        for name, f in facts.items()
    ]
    table(("side", "ms a document", "pages", "KB", "idle MB", "peak MB"), rows)
    worker = facts["worker"]
    found = {
        "time_to_bare": ratio(times["worker"], times["bare"]),
        "peak_over_idle_mb": round(worker["peak"] - worker["idle"]),
        "renderings_when_asked_again": again,
        "median_ms": round(median(times["worker"]) * 1000),
        "pages": worker["pages"],
    }
    say("aims: " + ", ".join(f"{name} ≤ {aim}" for name, aim in AIMS.items()))
    finish(found)


# ---------------------------------------------------------------- our side


def _prepare(url: str, html: Path) -> None:
    """Let the demo company fill a declaration from its sample, without attachments, and leave its HTML."""
    from app.clock import now
    from app.demo import journeys, world
    from app.extensions import db

    with application(url):
        world.build(now())
        db.session.commit()
        journey, applicant = journeys.Journey(now()), journeys.find_person(COMPANY)
        declaration = journey.start(applicant)
        journey.fill(declaration, applicant, sample=SAMPLE)
        for attachment in list(declaration.attachments):
            db.session.delete(attachment)
        db.session.commit()
        db.session.expire_all()
        html.write_text(_html(declaration), "utf-8")


def _html(declaration: Any) -> str:
    from app.services import declarations, documents, rendering
    from app.services.types import definition_of

    facts = declarations.facts_of(declaration)
    key = documents.content_key(declaration, facts)
    return rendering.prepare(declaration, definition_of(declaration.version), facts, key, draft=False).html


def _worker(connection: Any, url: str) -> None:
    """Be an idle worker, then run jobs."""
    with application(url) as app:
        obey(connection, Worker(app).orders)


class Worker:
    """What `flask worker` does with document jobs, one at a time."""

    def __init__(self, app: Any) -> None:
        from app import jobs

        jobs.huey.flask_app = app
        gc.freeze()  # as run_worker does
        self.run_job = jobs.run_job
        self.number = 0
        self.idle = memory("VmRSS")
        self.orders = {"ready": os.getpid, "render": self.render, "facts": self.facts, "ask again": self.ask_again}

    def render(self) -> float:
        """Return the seconds that a job of its own takes from claim to commit."""
        from app.clock import now
        from app.extensions import db
        from app.models import Job, JobState
        from app.services import declarations, documents, jobs

        declaration = _declaration()
        key = documents.content_key(declaration, declarations.facts_of(declaration))
        payload = {"declaration": declaration.id, "content_key": key}
        self.number += 1
        name = f"bench:{self.number}"
        job_id = jobs.queue(documents.JOB_KIND, name, payload, site_id=declaration.site_id, by=None, at=now()).id
        db.session.info.pop("announced_jobs")
        db.session.commit()
        db.session.remove()
        spent = seconds(lambda: self.run_job(job_id))
        if db.session.get(Job, job_id).state is not JobState.DONE:
            raise AssertionError("the job failed")
        return spent

    def facts(self) -> dict[str, float]:
        """Return pages and size of the document and what the process took."""
        from app.services import documents

        peak = memory("VmHWM")
        document = documents.latest_document(_declaration())
        return {"pages": document.pages, "bytes": document.file.size, "idle": self.idle, "peak": peak}

    def ask_again(self) -> int:
        """Return how often xhtml2pdf ran for a finished document that is asked for and delivered a second time."""
        from app.clock import now
        from app.demo import journeys
        from app.extensions import db
        from app.services import declarations, documents

        journey, applicant = journeys.Journey(now()), journeys.find_person(OTHER_COMPANY)
        declaration = journey.start(applicant)
        journey.fill(declaration, applicant, sample=SAMPLE)
        calls = _count_renderings()
        journey.make_document(declaration, applicant)
        if not calls:
            raise AssertionError("the first time was not counted")
        calls.clear()
        facts = declarations.facts_of(declaration)
        report = declarations.check_declaration(declaration, now(), facts)
        job_id = documents.request_document(declaration, report, facts, by=applicant, at=now()).id
        db.session.commit()
        self.run_job(job_id)
        return len(calls)


def _declaration() -> Any:
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Declaration
    from app.services import documents

    first = db.session.scalar(select(Declaration.id).order_by(Declaration.id).limit(1))
    return documents.read_for_rendering(first)


def _count_renderings() -> list[str]:
    """Return a list that gets an entry whenever xhtml2pdf renders something."""
    from xhtml2pdf import document

    calls, original = [], document.pisaDocument

    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append("rendered")
        return original(*arguments, **options)

    document.pisaDocument = counted
    return calls


# ---------------------------------------------------------------- the bare side


def _bare(connection: Any, html: Path) -> None:
    """Render with nothing but xhtml2pdf and the same fonts, registered once."""
    idle = memory("VmRSS")
    _register_fonts()
    made: list[bytes] = []

    def render() -> float:
        text = html.read_text("utf-8")
        return seconds(lambda: made.append(_pisa(text)))

    def facts() -> dict[str, float]:
        from pypdf import PdfReader

        peak = memory("VmHWM")
        pages = len(PdfReader(io.BytesIO(made[-1])).pages)
        return {"pages": pages, "bytes": len(made[-1]), "idle": idle, "peak": peak}

    obey(connection, {"ready": os.getpid, "render": render, "facts": facts})


def _pisa(text: str) -> bytes:
    from xhtml2pdf.document import pisaDocument

    stream = io.BytesIO()
    if pisaDocument(text, stream).err:
        raise AssertionError("xhtml2pdf failed")
    return stream.getvalue()


def _register_fonts() -> None:
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont
    from xhtml2pdf.default import DEFAULT_FONT

    from app.reports.typefaces import FAMILIES, FONTS

    for family, faces in FAMILIES.items():
        for bold, file in enumerate(faces):
            registerFont(TTFont(Path(file).stem, str(FONTS / file)))
            for italic in (0, 1):
                addMapping(family, bold, italic, Path(file).stem)
        DEFAULT_FONT[family] = family


if __name__ == "__main__":
    main()
