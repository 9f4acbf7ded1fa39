"""Page breaks as on paper, where xhtml2pdf 0.2.28 makes others.

Bordered blocks that run over a page are closed at its foot and open again with a line (xhtml2pdf leaves the cut edges
open). A heading stays with the beginning of what follows (reportlab moves it on with the whole of it and leaves half a
page empty). The label of a block never stands alone at the foot.
"""

from typing import Any

LEAST_ROOM = 110  # points of what follows a heading that have to fit below it


def install() -> None:
    """Put these page breaks in the place of xhtml2pdf's, once per process."""
    from xhtml2pdf.builders import block
    from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

    if getattr(block.BlockBox.split, "closes_frames", False):
        return
    block.cut_style = _uncut
    block.BlockBox.split = _closing(block.BlockBox.split)
    PmlBaseDoc.beforeDocument = _with_headings_kept(PmlBaseDoc.beforeDocument)


def _with_headings_kept(original: Any) -> Any:
    from reportlab.platypus.flowables import KeepTogether

    class KeepHeading(KeepTogether):
        """Headings and what follows them, which may break over pages once enough of it stands below the headings."""

        def split(self, width: float, height: float) -> list[Any]:
            headings = sum(heading.wrapOn(self.canv, width, height)[1] for heading in self._content[:-1])
            if height - headings >= LEAST_ROOM:
                return self._content[:]
            return super().split(width, height)

    def before_document(self: Any) -> None:
        self.keepTogetherClass = KeepHeading
        original(self)

    return before_document


def _uncut(style: Any, _edge: str) -> Any:
    return style


def _closing(original: Any) -> Any:
    def split(self: Any, width: float, height: float) -> list[Any]:
        self.wrap(width, height)
        if self.height <= height + 1e-6:
            return [self]
        parts = original(self, width, height - _foot(self))
        return [] if len(parts) == 2 and _is_label_only(parts[0]) else parts

    split.closes_frames = True
    return split


def _is_label_only(part: Any) -> bool:
    content = getattr(part, "content", None)
    return bool(content) and all(getattr(flowable, "keepWithNext", False) for flowable in content)


def _foot(box: Any) -> float:
    """Return the room that a closing edge takes: padding, line, and the margin it keeps inside."""
    margin = max((entry.after for entry in box._entries), default=0.0)
    return box.style.paddingBottom + box.style.border("Bottom") + margin
