"""The default register: a CSV file (UTF-8, headings in its first line), read anew when it has changed."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import Entry, NotReachable

HEADINGS = {
    "统一社会信用代码": "credit_code",
    "企业名称": "name",
    "企业性质": "kind",
    "所属行业": "industry",
    "法定代表人": "legal_representative",
    "成立日期": "established_on",
    "注册资金（万元）": "registered_capital",
    "登记机关": "registry_authority",
    "住所": "address",
    "经营范围": "business_scope",
}


class FileRegister:
    """Looks credit codes up in the file that `REGISTER_FILE` names."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.path = Path(config["REGISTER_FILE"])

    def look_up(self, credit_code: str) -> Entry | None:
        """Return the line of a credit code, or None."""
        try:
            return _read(self.path, self.path.stat().st_mtime_ns).get(credit_code)
        except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
            raise NotReachable(f"{self.path}: {error!r}") from error


@lru_cache(maxsize=2)
def _read(path: Path, _changed_at: int) -> dict[str, Entry]:
    """Return {credit code: entry}; KeyError when a heading that every line needs is missing."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        lines = [_line(row) for row in csv.DictReader(source)]
    return {line["credit_code"].upper(): Entry(**line) for line in lines if line["credit_code"]}


def _line(row: Mapping[str | None, Any]) -> dict[str, str]:
    known = {name: (row.get(heading) or "").strip() for heading, name in HEADINGS.items()}
    if "统一社会信用代码" not in row or "企业名称" not in row:
        raise KeyError("统一社会信用代码, 企业名称")
    return known
