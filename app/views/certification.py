"""企业认证, the applicant's wizard: one topic a page, kept at any step, handed in at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext

from ..errors import BadFile, Closed, Conflict, DomainError, Incomplete, Invalid, StaleRevision
from ..extensions import db
from ..models import Certification, CertificationFile, CertificationState
from ..permissions import get_visible
from ..services import certification_pages as pages
from ..services import certifications, code_lists, enterprises
from ..services.particulars import is_credit_code, tidy_all
from ..services.signs import sign_of
from .base import ScopedView, allowed
from .declaring.downloads import send_stored, wants_download
from .lookups import ask_register, count_lookup, fill_from

FORM_PAGES = "<any(enterprise, legal, agent, platform):page>"


@dataclass(frozen=True)
class Shown:
    """What a page shows beside what is stored: as typed, with what is wrong."""

    values: Mapping[str, Any]
    errors: Mapping[str, Any]
    sign: str
    differing: Mapping[str, str]


class CertificationView(ScopedView):
    """`/certification/`: nothing here takes an id but files, everybody fills in the own certification alone."""

    route_base = "/certification"

    @expose("/")
    @allowed("read")
    def index(self):
        """Show where the own certification stands, or lead to where it was left."""
        found = certifications.own_certification(g.user)
        if found is None:
            return redirect(url_for("CertificationView.name"))
        if found.state is CertificationState.DRAFT:
            return redirect(_address(_first_open(found)))
        return self.render_template(
            "certification/status.html",
            title=gettext("企业认证"),
            certification=found,
            reading=pages.reading_of(found),
            is_returned=found.state is CertificationState.RETURNED,
            is_approved=found.state is CertificationState.APPROVED,
            **_evidence(found),
        )

    # ------------------------------------------------------------ 名称查询

    @expose("/name")
    @allowed("read")
    def name(self):
        """Ask for the name of the enterprise."""
        found = certifications.own_certification(g.user)
        if found is not None and found.state is CertificationState.SUBMITTED:
            return redirect(url_for("CertificationView.index"))
        own = found if found is not None and found.state in certifications.EDITABLE else None
        values = pages.values_of(own, pages.NAME) if own else {"name": request.args.get("name", "")[:120]}
        return self._page(own, pages.NAME, _shown(values, {}, own, pages.NAME))

    @expose("/name", methods=["POST"])
    @allowed("edit")
    def check_name(self):
        """Begin, or go on under another name; an enterprise that is certified already can only be joined."""
        typed = {"name": request.form.get("name", "")}
        own = _editable()
        try:
            if own is None or own.name != typed["name"]:
                count_lookup("NAME_CHECK_RATE_LIMIT")
            if own is None:
                certifications.begin(typed["name"], by=g.user, at=g.arrived_at)
            else:
                certifications.save_page(own, pages.NAME, typed, request.form.get("shown"), by=g.user, at=g.arrived_at)
            db.session.commit()
        except DomainError as refusal:
            return self._refused(pages.NAME, typed, refusal)
        return redirect(_address(pages.NAME if request.form.get("do") == "save" else pages.ENTERPRISE))

    # ------------------------------------------------------------ the pages between

    @expose(f"/{FORM_PAGES}")
    @allowed("read")
    def page(self, page):
        """Show a page as it was kept; `?check=1` also says what is still wrong."""
        own = _editable()
        if own is None:
            return redirect(url_for("CertificationView.index"))
        errors = pages.open_points(own, page, g.arrived_at) if request.args.get("check") else {}
        return self._page(own, page, _shown(pages.values_of(own, page), errors, own, page))

    @expose(f"/{FORM_PAGES}", methods=["POST"])
    @allowed("edit")
    def save(self, page):
        """Keep a page, skip it, or fill it from the business register."""
        own, do = _editable(), request.form.get("do", "next")
        if own is None:
            return redirect(url_for("CertificationView.index"))
        typed = _typed(page)
        if do in ("fetch", "overwrite") and page == pages.ENTERPRISE:
            return self._fetch(typed, overwrite=do == "overwrite")
        try:
            sign = request.form.get("shown")
            certifications.save_page(own, page, typed, sign, by=g.user, at=g.arrived_at)
            if do == "skip":
                certifications.skip_page(own, page, by=g.user, at=g.arrived_at)
        except DomainError as refusal:
            return self._refused(page, typed, refusal)
        db.session.commit()
        if do == "save":
            flash(gettext("已暂存"), "success")
            return redirect(_address(page))
        problems = pages.open_points(own, page, g.arrived_at)
        if problems and do != "skip":
            flash(gettext("已暂存；有 %(count)s 处需要更正，请按提示修改。", count=len(problems)), "warning")
            return self._page(own, page, _shown(typed, problems, own, page)), 422
        return redirect(_address(pages.next_of(page)))

    def _fetch(self, typed: dict[str, Any], *, overwrite: bool):
        """Show the page with what the register says; nothing is kept until it is saved."""
        shown = tidy_all(pages.PAGES[pages.ENTERPRISE].fields, typed)
        code = shown["credit_code"]
        if not is_credit_code(code):
            message = gettext("请先填写正确的 18 位统一社会信用代码，再获取基本信息。")
            return self._refused(pages.ENTERPRISE, shown, Invalid(message, fields={"credit_code": message}))
        try:
            entry = ask_register(code)
        except DomainError as refusal:
            refusal.details["fields"] = {"credit_code": refusal.message}
            return self._refused(pages.ENTERPRISE, shown, refusal)
        filled, differing = fill_from(entry, shown, overwrite=overwrite)
        own = _editable()
        if own is None:
            return redirect(url_for("CertificationView.index"))
        flash(gettext("已获取登记信息，请核对后保存"), "success")
        if entry.name != own.name:
            sentence = gettext(
                "登记名称为“%(name)s”，与您填写的企业名称不一致，请返回“名称查询”核对。", name=entry.name
            )
            flash(sentence, "warning")
        sign = request.form.get("shown") or sign_of(pages.values_of(own, pages.ENTERPRISE))
        return self._page(own, pages.ENTERPRISE, Shown(filled, {}, sign, differing))

    # ------------------------------------------------------------ 上传材料

    @expose("/files")
    @allowed("read")
    def files(self):
        """Show the evidence."""
        own = _editable()
        if own is None:
            return redirect(url_for("CertificationView.index"))
        errors = pages.open_points(own, pages.FILES, g.arrived_at) if request.args.get("check") else {}
        return self._page(own, pages.FILES, Shown({}, errors, "", {}))

    @expose("/files", methods=["POST"])
    @allowed("edit")
    def upload(self):
        """Keep a file as evidence of a kind."""
        own, kind, upload = _editable(), request.form.get("kind", ""), request.files.get("file")
        if own is None:
            return redirect(url_for("CertificationView.index"))
        try:
            if upload is None or not upload.filename:
                raise BadFile(gettext("请先选择要上传的文件。"))
            certifications.add_file(own, kind, upload.stream, upload.filename, by=g.user, at=g.arrived_at)
        except (BadFile, Invalid, Closed) as refusal:
            refusal.details["fields"] = {kind: refusal.message}
            return self._refused(pages.FILES, {}, refusal)
        db.session.commit()
        flash(gettext("已上传"), "success")
        return redirect(f"{_address(pages.FILES)}#{kind}")

    @expose("/files/<public_id>/remove", methods=["POST"])
    @allowed("edit")
    def remove(self, public_id):
        """Take a file out of the own evidence."""
        certifications.remove_file(str(public_id), by=g.user, at=g.arrived_at)
        db.session.commit()
        flash(gettext("已删除"), "success")
        return redirect(_address(pages.FILES))

    # ------------------------------------------------------------ 确认提交

    @expose("/confirm")
    @allowed("read")
    def confirm(self):
        """Show everything once more with what is still open."""
        own = _editable()
        if own is None:
            return redirect(url_for("CertificationView.index"))
        return self._confirm(own)

    @expose("/confirm", methods=["POST"])
    @allowed("edit")
    def submit(self):
        """Hand the certification in."""
        own, revision = _editable(), request.form.get("revision", "")
        if own is None:
            return redirect(url_for("CertificationView.index"))
        if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
            abort(400)
        try:
            agreed = request.form.get("agreed") == "1"
            certifications.submit(own, int(revision), agreed=agreed, by=g.user, at=g.arrived_at)
        except (Invalid, Incomplete, Conflict) as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            errors = refusal.details.get("fields", {})
            return self._confirm(_editable(), errors), refusal.status
        db.session.commit()
        flash(gettext("已提交，审核结果将通过短信、邮件和站内消息告知"), "success")
        return redirect(url_for("CertificationView.index"))

    def _confirm(self, own: Certification, errors: Mapping[str, Any] | None = None) -> str:
        return self._page(
            own,
            pages.CONFIRM,
            Shown({}, errors or {}, "", {}),
            reading=pages.reading_of(own),
            problems=certifications.all_open_points(own, g.arrived_at),
            labels=_labels(),
        )

    # ------------------------------------------------------------ showing

    def _refused(self, page: str, typed: Mapping[str, Any], refusal: DomainError):
        """Show a page as it was typed; of two tabs, the second then saves over what the first one stored."""
        db.session.rollback()
        own = _editable()
        fields = refusal.details.get("fields")
        if own is None and page != pages.NAME:
            return redirect(url_for("CertificationView.index"))
        errors = fields if fields is not None else {"name": refusal.message} if page == pages.NAME else {}
        if page != pages.NAME:
            flash(str(refusal), "danger")
        shown = _shown(typed, errors, own, page, keep_sign=not isinstance(refusal, StaleRevision))
        return self._page(own, page, shown, certified=refusal.details.get("certified")), refusal.status

    def _page(self, own: Certification | None, page: str, shown: Shown, **more: Any) -> str:
        site_id = g.user.site_id
        return self.render_template(
            f"certification/{page if page in ('files', 'confirm') else 'page'}.html",
            title=gettext("企业认证"),
            certification=own,
            page=pages.PAGES[page],
            steps=_steps(own, page),
            before=_address(pages.before(page)) if pages.before(page) else None,
            next=_address(pages.next_of(page)),
            shown=shown,
            counties=enterprises.counties_by_city(site_id) if page == pages.ENTERPRISE else {},
            kinds=code_lists.offered(pages.BUSINESS_KINDS, site_id) if page == pages.PLATFORM else {},
            answers=pages.ANSWERS,
            **(_evidence(own) if own else {}),
            **{"certified": None} | more,
        )


class CertificationFileView(ScopedView):
    """Evidence, for who handed it in and for the bureau that reads it."""

    route_base = "/certification/evidence"
    default_view = "file"

    @expose("/<public_id>")
    @allowed("read")
    def file(self, public_id):
        """Hand out a file."""
        found = get_visible(CertificationFile, str(public_id), g.user)
        return send_stored(found.file, found.name, attachment=wants_download())


def _editable() -> Certification | None:
    found = certifications.own_certification(g.user)
    return found if found is not None and found.state in certifications.EDITABLE else None


def _address(page: str, **query: Any) -> str:
    if page in (pages.NAME, pages.FILES, pages.CONFIRM):
        return url_for(f"CertificationView.{page}", **query)
    return url_for("CertificationView.page", page=page, **query)


def _first_open(own: Certification) -> str:
    """Return the first page that was not finished."""
    touched = {pages.NAME, *own.answers}
    for key in pages.ORDER:
        if key == pages.CONFIRM or pages.open_points(own, key, g.arrived_at):
            return key
        if pages.PAGES[key].optional and key not in touched:
            return key
    return pages.CONFIRM


def _typed(page: str) -> dict[str, Any]:
    return {
        field.name: request.form.getlist(field.name) if field.kind == "kinds" else request.form.get(field.name, "")
        for field in pages.PAGES[page].fields
    }


def _shown(
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    own: Certification | None,
    page: str,
    *,
    keep_sign: bool = False,
) -> Shown:
    fresh = sign_of(pages.values_of(own, page)) if own and page != pages.FILES else ""
    return Shown(values, errors, (keep_sign and request.form.get("shown")) or fresh, {})


def _steps(own: Certification | None, page: str) -> list[dict[str, Any]]:
    """Return what the steps on top show; a page nobody has been to has no count yet."""
    touched = {pages.NAME, *own.answers, *([pages.FILES] if own.files else [])} if own else set()
    known = {step.page.key: step for step in pages.steps_of(own, g.arrived_at)} if own else {}
    return [
        {
            "title": found.title,
            "url": _address(key) if own else None,
            "is_here": key == page,
            "state": _state(known.get(key), key in touched),
            "count": known[key].open_points if key in known else 0,
        }
        for key, found in pages.PAGES.items()
    ]


def _state(step: pages.Step | None, touched: bool) -> str:
    if step is None or not touched:
        return "ahead"
    return "skipped" if step.skipped else "done" if step.is_done else "open"


def _evidence(own: Certification) -> dict[str, Any]:
    held: dict[str, list[CertificationFile]] = {key: [] for key in pages.FILE_KINDS}
    for file in own.files:
        held[file.kind].append(file)
    return {"file_kinds": pages.FILE_KINDS, "held": held, "most_megabytes": certifications.MOST_MEGABYTES}


def _labels() -> dict[str, Any]:
    fields = {field.name: field.label for page in pages.PAGES.values() for field in page.fields}
    return fields | {kind.key: kind.label for kind in pages.FILE_KINDS.values()}
