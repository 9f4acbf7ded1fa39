"""The declaration form, section by section: saved by POST without JavaScript and by PUT as one types."""

from typing import Any

from flask import Response, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from ... import clock
from ...errors import Closed, DomainError, Invalid, NotGranted, StaleRevision
from ...extensions import db
from ...forms import answers as forms
from ...forms.builder import SectionForm, bind_section
from ...services import calls, declarations, drafts
from ...services.drafts import Draft
from ..base import ScopedView, allowed
from . import uploads
from .colleagues import filling_sentences
from .own import to_reading


class DeclarationFormView(ScopedView):
    """Filling in a declaration."""

    route_base = "/declarations"
    default_view = "token"

    @expose("/token")
    @allowed("edit")
    def token(self):
        """Give the browser code a fresh token after a new log-in, and say whose it is."""
        return jsonify(csrf_token=generate_csrf(), account=g.user.id)

    @expose("/<public_id>/form")
    @allowed("edit")
    def resume(self, public_id):
        """Go on where something is still to be done."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        if draft.refusal or not draft.may_go_on:
            return to_reading(draft)
        if draft.not_granted:
            return redirect(url_for("SubmissionView.index", public_id=public_id))
        return redirect(_address(draft, draft.first_open.key))

    @expose("/<public_id>/check")
    @allowed("read")
    def check(self, public_id):
        """Show every open point with a link to its field, and how the conditions are judged."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        if draft.refusal:
            return to_reading(draft)
        return self.render_template(
            "declaring/form/check.html",
            title=gettext("检查"),
            draft=draft,
            open_sections=[(s, draft.report.of(s.key)) for s in draft.sections if draft.report.of(s.key)],
            gates=calls.judge_gates(draft.definition, draft.facts, draft.held),
            indicators=forms.judge_indicators(draft.definition, draft.answers, draft.facts),
            conditions=forms.conditions_in_words(draft.definition, draft.answers, draft.facts),
            latest=draft.latest_document,
        )

    @expose("/<public_id>/<section>")
    @allowed("edit")
    def section(self, public_id, section):
        """Show one section; `check=1` also shows what is merely not filled in yet."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        draft.section(section)
        if draft.refusal or draft.not_granted:
            return to_reading(draft)
        report = draft.report if request.args.get("check") else draft.report.without_missing()
        form = bind_section(draft.definition, section, draft.answers, draft.facts, report=report)
        return self._page(draft, section, form)

    @expose("/<public_id>/<section>", methods=["POST"])
    @allowed("edit")
    def save(self, public_id, section):
        """Save one section and go on; what cannot be saved stays in the form with the reason."""
        draft = drafts.open_draft(public_id, g.user, g.arrived_at)
        draft.stored(section)
        posted = _posted()
        try:
            saved = declarations.save_section(
                draft.declaration, section, posted, _revision(request.form.get("_revision")), by=g.user, at=g.arrived_at
            )
            saved_at = saved.saved_at
        except StaleRevision as stale:
            if drafts.compare_posted(draft, section, posted):
                return self._kept(draft, section, posted, stale)
            saved_at = draft.stored(section).saved_at  # the same text was stored meanwhile
        except (Closed, NotGranted) as refusal:
            return self._kept(draft, section, posted, refusal)
        flash(gettext("已保存 %(time)s", time=_clock(saved_at)), "success")
        handled = uploads.handle_form(draft.declaration)
        db.session.commit()
        return redirect(handled or _after_saving(public_id, section))

    @expose("/<public_id>/<section>", methods=["PUT"])
    @allowed("edit")
    def autosave(self, public_id, section):
        """Save one section as one types: 200 with revision and open points, 409 with both texts, 410 when closed."""
        draft = drafts.hold_draft(public_id, g.user, g.arrived_at)
        posted = _posted_json()
        try:
            drafts.save_section(draft, section, posted, _revision(request.headers.get("If-Match")), by=g.user)
        except StaleRevision as stale:
            differences = drafts.compare_posted(draft, section, posted)
            if differences:
                return _conflict(draft, section, stale, differences)
            # the same text was stored meanwhile: nothing to choose, the newer revision holds
        answer = jsonify(_state(draft, section))
        db.session.commit()
        return answer

    def _kept(self, draft: Draft, section: str, posted: MultiDict, refusal: DomainError) -> tuple[str, int]:
        """Show the form as it was typed, with the reason why it is not stored."""
        typed = forms.update_section(draft.definition, section, draft.answers, posted, draft.facts)
        answers = {**draft.answers, section: typed}
        files = declarations.file_facts(draft.declaration)
        report = forms.check(draft.definition, answers, files, draft.facts, draft.at)
        form = bind_section(draft.definition, section, answers, draft.facts, report=report)
        differences = drafts.compare_posted(draft, section, posted)
        return self._page(draft, section, form, refusal=refusal, differences=differences), refusal.status

    def _page(self, draft: Draft, key: str, form: SectionForm, **context: Any) -> str:
        before, after = draft.neighbours(key)
        return self.render_template(
            "declaring/form/section.html",
            title=draft.section(key).title,
            draft=draft,
            section=draft.section(key),
            stored=draft.stored(key),
            form=form,
            before=before,
            after=after,
            files=_files_by_kind(draft),
            present=filling_sentences(draft.declaration, key),
            **context,
        )


# ---------------------------------------------------------------- what was sent


def _revision(text: str | None) -> int:
    digits = (text or "").strip().strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Invalid(_("页面内容不完整，请刷新后重新保存。"))
    return int(digits)


def _posted() -> MultiDict:
    """Return the posted form without the record whose 删除 was pressed."""
    removed = request.form.get("_remove")
    if not removed:
        return request.form
    kept = [(name, value) for name, value in request.form.items(multi=True) if not name.startswith(f"{removed}-")]
    return MultiDict(kept)


def _posted_json() -> MultiDict:
    """Return the posted JSON object {input name: text or list of texts} as a form."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested thousands deep
        body = None
    if not isinstance(body, dict):
        raise Invalid(_("提交的内容无法识别，请刷新后重新保存。"))
    form: MultiDict = MultiDict()
    for name, value in body.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            raise Invalid(_("提交的内容无法识别，请刷新后重新保存。"))
        form.setlist(name, values)
    return form


# ---------------------------------------------------------------- what is answered


def _address(draft: Draft, section: str, **more: Any) -> str:
    return url_for("DeclarationFormView.section", public_id=draft.declaration.public_id, section=section, **more)


def _clock(moment) -> str:
    return clock.to_local(moment).strftime("%H:%M")


def _after_saving(public_id: str, section: str) -> str:
    """Return where 保存, 上一步, 下一步, 新增 or 删除 leads; wrong answers hold one back, missing ones do not."""
    draft = drafts.open_draft(public_id, g.user, g.arrived_at)
    go = request.form.get("_go")
    changed = request.form.get("_add") or (request.form.get("_remove") or "").rpartition("-")[0]
    if changed:
        return _address(draft, section, _anchor=changed)
    if section not in {s.key for s in draft.sections}:
        return _address(draft, draft.first_open.key)
    before, after = draft.neighbours(section)
    if go == "back" and before:
        return _address(draft, before.key)
    wrong = draft.report.sections[section].invalid
    if go == "next" and not wrong:
        return _address(draft, after.key) if after else url_for("DeclarationFormView.check", public_id=public_id)
    if wrong:
        flash(gettext("有 %(count)s 处填写有误，请按提示更正。", count=wrong), "warning")
    return _address(draft, section, check=1)


def _state(draft: Draft, key: str) -> dict[str, Any]:
    """Return what the page shows of a section after it was stored."""
    stored = draft.stored(key)
    section = draft.definition.section(key)
    return {
        "revision": stored.revision,
        "saved_at": _clock(stored.saved_at or draft.at),
        "title": draft.declaration.title,
        "problems": [_problem(problem) for problem in draft.report.of(key)],
        "sections": {
            s.key: {"missing": state.missing, "invalid": state.invalid, "complete": state.complete}
            for s in draft.sections
            for state in [draft.report.sections[s.key]]
        },
        "open_points": draft.errors,
        "hidden": sorted(draft.hidden & {field.key for field in section.fields}),
    }


def _problem(problem: forms.Problem) -> dict[str, str]:
    return {
        "path": problem.path,
        "name": problem.name,
        "label": problem.label,
        "message": str(problem.message),
        "level": problem.level,
        "kind": problem.kind,
    }


def _conflict(draft: Draft, key: str, stale: StaleRevision, differences: tuple[forms.Difference, ...]) -> Response:
    """Answer with both texts, field by field, so that the person can choose."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for item in differences:
        line = {"label": item.label, "theirs": item.before, "mine": item.after, "kind": item.kind}
        grouped.setdefault(item.path.partition(".")[0], []).append(line)
    stored = draft.stored(key)
    fields = [
        {
            "key": name,
            "label": draft.definition.field(name).label,
            "lines": lines,
            "rows": (stored.answers.get(name) or []) if draft.definition.field(name).type == "repeat" else None,
        }
        for name, lines in grouped.items()
    ]
    response = jsonify(
        message=str(stale), revision=stored.revision, saved_at=_clock(stored.saved_at or draft.at), fields=fields
    )
    response.status_code = 409
    db.session.rollback()
    return response


def _files_by_kind(draft: Draft) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for attachment in draft.declaration.attachments:
        found.setdefault(attachment.field_key, []).append(attachment)
    return found
