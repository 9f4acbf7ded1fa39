"""The form of 编辑申报指南, for one call or for several at once."""

from typing import Any

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement
from wtforms import Field, RadioField, SelectField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from ..errors import Invalid
from ..extensions import db
from ..models import Applicants, CallGuide, Enterprise, StoredFile
from ..services import applicants as lists
from ..services import files, guides
from ..services.guides import Bounds, Upload
from .cells import label_choices
from .kept_files import KeptFileField
from .model_forms import Filled, MomentField
from .scoped import ScopedInterface


def own_enterprises() -> list[ColumnElement]:
    """Narrow enterprises to those of the own city."""
    return [Enterprise.city_id == g.user.department.region_id]


class EnterprisesField(Field):
    """Several enterprises of the own city, searched on the server."""

    @property
    def options_url(self) -> str:
        return url_for("GuideAdmin.options", column="applicants")

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        keys = [key for key in dict.fromkeys(valuelist) if key]
        self.data = ScopedInterface(Enterprise).find_all(keys[: lists.MOST_PICKED + 1], *own_enterprises())
        if len(keys) > lists.MOST_PICKED:
            raise ValidationError(gettext("最多选择 %(most)s 家，更多单位请按名单导入。", most=lists.MOST_PICKED))
        if len(self.data) != len(keys):
            raise ValidationError(gettext("请从列表中选择"))


def _keep_list(stream: Any, name: str, *, site_id: int) -> Upload:
    """Read the list before it is kept: one with mistakes is refused line by line."""
    lists.read_list(stream)
    stream.seek(0)
    name = files.clean_name(name)
    return Upload(files.store(stream, name, site_id=site_id, max_bytes=guides.GUIDE_BYTES).id, name)


class GuideForm(FlaskForm):
    """What a city adds to a call."""

    file = KeptFileField(
        _("申报指南"), keep=guides.keep_guide_file,
        description=_("本市发布的申报指南，企业可下载；PDF、Word 或 ZIP，50 MB 以内。"),
    )  # fmt: skip
    oa_file = KeptFileField(
        _("OA附件"), keep=guides.keep_oa_file,
        description=_("审计支撑材料，选传；只有本科室在此处可以查看，不对企业和省厅公开。"),
    )  # fmt: skip
    opens_at = MomentField(_("开始时间"), [Filled()])
    closes_at = MomentField(_("结束时间"), [Filled()], description=_("企业须在此之前提交，到秒截止。"))
    applicants = RadioField(
        _("申报单位"), [Filled()], choices=lambda: label_choices(Applicants), coerce=Applicants, default=Applicants.ALL
    )
    picked = EnterprisesField(_("选择申报单位"), description=_("输入企业名称的一部分查找，可选择多家。"))
    list_file = KeptFileField(
        _("申报单位名单"), keep=_keep_list, description=_("Excel（.xlsx），企业名称和统一社会信用代码两列。")
    )
    county_review = SelectField(
        _("是否需要区县审核"), [Filled()], choices=[("", _("请选择")), ("1", _("需要")), ("0", _("不需要"))],
        description=_("选择“不需要”时，企业直接提交到本市审核。"),
    )  # fmt: skip
    county_due_at = MomentField(_("区县审核截止时间"), [Optional()])
    note = TextAreaField(_("备注"), [Optional(), Length(max=1000)], render_kw={"rows": 4, "maxlength": 1000})

    def __init__(self, *, bounds: Bounds, guide: CallGuide | None = None, **kwargs: Any) -> None:
        self.bounds = bounds
        self.guide = guide
        super().__init__(**kwargs)

    @property
    def problems(self) -> list[Any]:
        """Return what is wrong in the lines of an uploaded list."""
        refusal = self.list_file.refusal
        return refusal.details.get("problems", []) if refusal is not None else []

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the times against the bounds and each other: everything is said at once."""
        sound = super().validate(extra_validators)
        for name, sentence in self._faults().items():
            self[name].errors = [*self[name].errors, str(sentence)]
            sound = False
        return sound

    def _faults(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.file.data is None and self.file.refusal is None and (self.guide is None or self.guide.file_id is None):
            found["file"] = _("请上传本市申报指南。")
        if self._lacks_list():
            found["list_file"] = _("请上传申报单位名单，或改为“所有单位”。")
        if self.opens_at.data and self.closes_at.data:
            try:
                guides.require_inside(
                    self.bounds, self.opens_at.data, self.closes_at.data, self.wants_county, self.county_due_at.data
                )
            except Invalid as refusal:
                found |= refusal.details["fields"]
        return {name: sentence for name, sentence in found.items() if not self[name].errors}

    def _lacks_list(self) -> bool:
        if self.applicants.data is not Applicants.IMPORTED or self.list_file.data or self.list_file.refusal:
            return False
        return self.guide is None or self.guide.applicants is not Applicants.IMPORTED

    @property
    def wants_county(self) -> bool:
        return self.county_review.data == "1"

    def content(self) -> dict[str, Any]:
        """Return what a valid form says, as the publishing verbs take it."""
        return {
            "opens_at": self.opens_at.data,
            "closes_at": self.closes_at.data,
            "county_review": self.wants_county,
            "county_due_at": self.county_due_at.data,
            "note": (self.note.data or "").replace("\r\n", "\n").strip() or None,
            "file": self.file.data,
            "oa_file": self.oa_file.data,
            "applicants": self.applicants.data,
            "units": self._units(),
        }

    def _units(self) -> list[lists.Unit] | None:
        """Return the units picked, or those of the list sent along; None leaves the list as it is."""
        if self.applicants.data is Applicants.PICKED:
            return lists.units_of(self.picked.data)
        if self.applicants.data is Applicants.IMPORTED and self.list_file.data is not None:
            stored = db.session.get_one(StoredFile, self.list_file.data.file_id)
            with files.open_file(stored) as stream:
                return lists.read_list(stream)
        return None


def start_with(guide: CallGuide | None, bounds: Bounds) -> dict[str, Any]:
    """Return what the form starts with: the guide as it stands, or the province's times."""
    if guide is None:
        return {"opens_at": bounds.opens_at, "closes_at": bounds.closes_at, "county_review": ""}
    return {
        "opens_at": guide.opens_at,
        "closes_at": guide.closes_at,
        "applicants": guide.applicants,
        "picked": lists.picked_of(guide) if guide.applicants is Applicants.PICKED else [],
        "county_review": "1" if guide.county_review else "0",
        "county_due_at": guide.county_due_at,
        "note": guide.note,
    }
