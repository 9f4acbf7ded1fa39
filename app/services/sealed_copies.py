"""盖章版: the generated document as the enterprise sealed and handed it back; the newest of a document counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from ..errors import BadFile, DocumentMissing, NotFound
from ..extensions import db
from ..forms.definition import DocumentSpec
from ..models import Account, Declaration, Document, SealedCopy, StoredFile
from . import audit, documents, files
from .types import definition_of

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 100  # of a type that names no limit
PAGES_READ = 2  # of the beginning: where a document that still has its text tells whose it is
_CODE = re.compile(r"校验码[:：]?([0-9A-F]{20})")


@dataclass(frozen=True)
class Sealing:
    """How far the sealed version of a draft is; `copy` fits `document`, `latest` may be of an earlier one."""

    spec: DocumentSpec | None
    document: Document | None
    copy: SealedCopy | None
    latest: SealedCopy | None

    @property
    def is_taken(self) -> bool:
        """Tell whether the type takes a sealed version."""
        return is_taken(self.spec)

    @property
    def is_required(self) -> bool:
        """Tell whether a submission needs it."""
        return is_required(self.spec)

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to do for it."""
        return self.copy is not None or not self.is_required

    @property
    def is_stale(self) -> bool:
        """Tell whether only a sealed version of an earlier document is there."""
        return self.copy is None and self.latest is not None

    @property
    def differs(self) -> bool:
        """Tell whether it has more or fewer pages than the document."""
        return self.copy is not None and self.copy.pages != self.document.pages


def sealing_of(declaration: Declaration, spec: DocumentSpec | None, document: Document | None) -> Sealing:
    """Return how far the sealed version of a draft is, whose document of now is `document`."""
    if not is_taken(spec):
        return Sealing(spec, document, None, None)
    copy = sealed_copy_of(document)
    return Sealing(spec, document, copy, copy or latest_sealed_copy(declaration))


def is_taken(spec: DocumentSpec | None) -> bool:
    """Tell whether the type takes a sealed version of its document."""
    return spec is not None and spec.sealed != "none"


def is_required(spec: DocumentSpec | None) -> bool:
    """Tell whether a submission needs the sealed version."""
    return spec is not None and spec.sealed == "required"


def most_megabytes(spec: DocumentSpec) -> int:
    """Return how large a sealed version may be."""
    return spec.max_mb or MOST_MEGABYTES


def sealed_copy_of(document: Document | None) -> SealedCopy | None:
    """Return the sealed version of a document; that of an earlier document does not count for it."""
    if document is None:
        return None
    query = select(SealedCopy).where(SealedCopy.document_id == document.id)
    return db.session.scalars(query.order_by(SealedCopy.id.desc()).limit(1)).first()


def latest_sealed_copy(declaration: Declaration) -> SealedCopy | None:
    """Return the sealed version handed in last, whether it fits the document of now or not."""
    query = select(SealedCopy).where(SealedCopy.declaration_id == declaration.id)
    return db.session.scalars(query.order_by(SealedCopy.id.desc()).limit(1)).first()


def sealed_times(declaration_ids: Iterable[int]) -> dict[int, datetime]:
    """Return {declaration id: when the sealed version of its newest document was handed in}."""
    newest = select(func.max(Document.id)).where(Document.declaration_id.in_(list(declaration_ids)))
    query = (
        select(SealedCopy.declaration_id, func.max(SealedCopy.uploaded_at))
        .where(SealedCopy.document_id.in_(newest.group_by(Document.declaration_id)))
        .group_by(SealedCopy.declaration_id)
    )
    return dict(db.session.execute(query).tuples().all())


def keep(
    declaration: Declaration, document: Document | None, stream: BinaryIO, name: str, *, by: Account, at: datetime
) -> SealedCopy:
    """Keep the sealed version of a document; raises BadFile, DocumentMissing or NotFound."""
    spec = documents.declaration_spec(definition_of(declaration.version))
    if not is_taken(spec):
        raise NotFound(_("该项目不需要上传盖章版。"))
    if document is None:
        raise DocumentMissing(_("请先生成%(label)s，盖章后再上传；修改填报内容后需要重新生成。", label=spec.label))
    stored, name = _keep(stream, name, spec, declaration.site_id)
    if stored.sha256 == document.file.sha256:
        raise BadFile(_("“%(name)s”就是系统生成的%(label)s，尚未盖章，请盖章后再上传。", name=name, label=spec.label))
    copy = SealedCopy(
        declaration_id=declaration.id,
        document=document,
        name=name,
        file=stored,
        pages=_count_pages(stored, name, document),
        uploaded_at=at,
        uploaded_by_id=by.id,
    )
    db.session.add(copy)
    db.session.flush()
    audit.record("seal", declaration, by=by, at=at, detail={"document": document.id, "file": stored.sha256})
    return copy


def _keep(stream: BinaryIO, name: str, spec: DocumentSpec, site_id: int) -> tuple[StoredFile, str]:
    name = files.clean_name(name)
    if files.ending_of(name) != "pdf":
        raise BadFile(_("盖章版只接受 PDF 文件，请将盖章后的%(label)s扫描或另存为 PDF 后上传。", label=spec.label))
    return files.store(stream, name, site_id=site_id, max_bytes=most_megabytes(spec) * MEGABYTE), name


def _count_pages(stored: StoredFile, name: str, document: Document) -> int:
    """Return the number of pages; raises BadFile for a PDF that nobody can open, or one made of another document."""
    from pypdf import PdfReader

    try:
        with files.open_file(stored) as source:
            reader = PdfReader(source)
            pages = len(reader.pages)
            codes = {code for page in reader.pages[:PAGES_READ] for code in _codes_in(page)}
    except Exception as error:  # a broken file makes its reader raise whatever it likes
        raise BadFile(_("“%(name)s”无法打开，可能已损坏或设有打开密码，请检查后重新上传。", name=name)) from error
    if not pages:
        raise BadFile(_("“%(name)s”没有页面，请检查后重新上传。", name=name))
    if codes and document.check_code not in codes:
        raise BadFile(
            _("“%(name)s”是另一份申报书（校验码 %(found)s），请上传校验码为 %(code)s 的申报书的盖章版。",
              name=name, found=min(codes), code=document.check_code)
        )  # fmt: skip
    return pages


def _codes_in(page: object) -> list[str]:
    """Return the check codes printed on a page; a scan has none."""
    return _CODE.findall(re.sub(r"\s+", "", page.extract_text()))


def required_copy(spec: DocumentSpec | None, document: Document | None) -> SealedCopy | None:
    """Return the sealed version that a submission carries; raises DocumentMissing when the type asks for one."""
    copy = sealed_copy_of(document) if is_taken(spec) else None
    if copy is None and is_required(spec):
        raise DocumentMissing(
            _("请先上传%(label)s的盖章版再提交；重新生成%(label)s后需要重新盖章上传。", label=spec.label)
        )
    return copy
