"""Bordered blocks that run over a page are closed at its foot and open again with a line, as on paper.

xhtml2pdf 0.2.28 leaves the cut edges open (CSS `box-decoration-break: slice`); printed forms look torn that way.
"""

from typing import Any


def install() -> None:
    """Let both parts of a cut block keep all four edges."""
    from xhtml2pdf.builders import block

    if getattr(block.BlockBox.split, "closes_frames", False):
        return
    block.cut_style = _uncut
    block.BlockBox.split = _closing(block.BlockBox.split)


def _uncut(style: Any, _edge: str) -> Any:
    return style


def _closing(original: Any) -> Any:
    def split(self: Any, width: float, height: float) -> list[Any]:
        self.wrap(width, height)
        if self.height <= height + 1e-6:
            return [self]
        return original(self, width, height - _foot(self))

    split.closes_frames = True
    return split


def _foot(box: Any) -> float:
    """Return the room that a closing edge takes: padding, line, and the margin it keeps inside."""
    margin = max((entry.after for entry in box._entries), default=0.0)
    return box.style.paddingBottom + box.style.border("Bottom") + margin
