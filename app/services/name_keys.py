"""Names of units compared as people read them: width, brackets, spaces and case do not matter, legal forms do."""

import re
import unicodedata

LONGEST = 120  # characters of the columns
_SILENT = re.compile(r"[\s\u200b\ufeff]+")
_BRACKETS = str.maketrans("[]【】〔〕{}", "()()()()")
_PLACE = re.compile(r"^[^省市县区]{2,6}[省市县区]")
_LEGAL_FORM = re.compile(r"(集团)?(股份)?(有限)?(责任)?公司$")


def name_key(name: str) -> str:
    """Return the form by which names are compared; 有限公司 and 有限责任公司 stay two names."""
    plain = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    return _SILENT.sub("", plain).casefold()[:LONGEST]


def core_of(name: str, city: str | None = None) -> str:
    """Return what is peculiar to a name: without place in front, brackets and legal form, for finding likenesses."""
    key = name_key(name)
    core = _PLACE.sub("", re.sub(r"\([^)]*\)", "", key))
    if city:
        core = core.removeprefix(city).removeprefix(city.rstrip("市"))
    core = _LEGAL_FORM.sub("", core)
    return core if len(core) >= 2 else key
