"""Somebody without a mouse: everything is reached by Tab, and where the focus is can be seen."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

FARTHEST = 150  # presses of Tab after which something counts as out of reach
IS_FOCUSED = "node => node === document.activeElement"
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {
    what: node.outerHTML.slice(0, 160),
    ringed: ring || style.boxShadow !== "none",
    seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keyboard:
    """Presses keys on a page and looks where the focus goes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", lambda _chooser: None)  # from now on no dialog of the system opens

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def to(self, target: Locator, *, back: bool = False) -> None:
        """Go on with Tab until the target has the focus; every stop on the way can be seen."""
        expect(target).to_be_visible()
        for _press in range(FARTHEST):
            if target.evaluate(IS_FOCUSED):
                self.require_visible()
                return
            self.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"not reached by Tab: {target}, the focus is at {self.page.evaluate(FOCUS)}")

    def require_visible(self) -> None:
        """Expect that a person sees where the focus is."""
        focus = self.page.evaluate(FOCUS)
        assert focus, "nothing has the focus"
        assert focus["ringed"], f"no visible focus: {focus['what']}"
        assert focus["seen"], f"the focus is out of sight: {focus['what']}"

    def push(self, target: Locator, key: str = "Enter") -> None:
        """Go to a link or button and press it."""
        self.to(target)
        self.press(key)

    def type(self, target: Locator, text: str) -> None:
        """Go to an input and type over what stands there."""
        self.to(target)
        self.press("Control+a")
        self.page.keyboard.insert_text(text)

    def pick(self, target: Locator, label: str) -> None:
        """Go to a drop-down and type the beginning of an option."""
        self.to(target)
        for _option in range(target.locator("option").count()):
            if target.evaluate("node => node.selectedOptions[0]?.textContent.trim()") == label:
                return
            self.press("ArrowDown")
        raise AssertionError(f"no option {label}")

    def day(self, target: Locator, year: str, *rest: str) -> None:
        """Go to a day or month and type it in the order in which the browser shows its parts."""
        self.to(target)
        for parts in ((*rest, year), (year, *rest)):
            self.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
            for part in parts:
                self.page.keyboard.type(part if len(rest) > 1 else part.lstrip("0"))
                if part is year or len(rest) == 1:
                    self.press("ArrowRight")  # only two figures of a day go on by themselves
            if target.input_value() == "-".join((year, *rest)):
                return
        raise AssertionError(f"{year}-{rest} could not be typed, it became {target.input_value()}")

    def choose_file(self, target: Locator, path: Path, key: str = "Enter") -> None:
        """Open the file dialog of a button and choose."""
        self.to(target)
        with self.page.expect_file_chooser() as chooser:
            self.press(key)
        chooser.value.set_files(path)

    def read(self, script: str) -> Any:
        """Return what a script finds on the page."""
        return self.page.evaluate(script)
