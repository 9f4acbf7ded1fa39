"""Check that every sentence of the platform has an English translation with the same placeholders.

The sentences in the code are Chinese; `translations/en` carries the English ones, `translations/zh_Hans_CN` only what
the framework itself leaves untranslated. With `--update`, missing sentences are added to the English catalogue, empty.
"""

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None}
HEADER = """\
# The English interface; the sentences in the code are the Chinese ones.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: en\\n"

"""
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def sentences() -> dict[str, str]:
    """Return {sentence: where it stands first}."""
    found: dict[str, str] = {}
    for name, line, message, _comments, _context in extract_from_dir(
        str(ROOT / "app"), METHODS, OPTIONS, keywords=KEYWORDS
    ):
        for text in message if isinstance(message, tuple) else (message,):
            if text:
                found.setdefault(text, f"app/{name}:{line}")
    return found


def read_english() -> Catalog:
    """Return the English catalogue, empty when there is none yet."""
    if not ENGLISH.exists():
        return Catalog(locale="en")
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def problems(found: dict[str, str], catalog: Catalog) -> list[str]:
    """Return what is missing, wrong or left over."""
    wrong = []
    for text, place in found.items():
        message = catalog.get(text)
        if message is None or not message.string:
            wrong.append(f"{place}: no English for “{text}”")
        elif set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(str(message.string))):
            wrong.append(f"{place}: the English of “{text}” has other placeholders")
    wrong.extend(f"{ENGLISH.name}: “{m.id}” is no longer used" for m in catalog if m.id and m.id not in found)
    return wrong


def update(found: dict[str, str], catalog: Catalog) -> None:
    """Write the catalogue with missing sentences added and unused ones dropped, in the order of the code."""
    fresh = Catalog(locale="en")
    for text in found:
        old = catalog.get(text)
        fresh.add(text, old.string if old else "")
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    with ENGLISH.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, fresh, width=0, omit_header=True, no_location=True)


def main() -> int:
    """Check, or update when asked to."""
    found, catalog = sentences(), read_english()
    if "--update" in sys.argv:
        update(found, catalog)
        catalog = read_english()
    wrong = problems(found, catalog)
    for line in wrong:
        print(line)
    print(f"{len(found)} sentences, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
