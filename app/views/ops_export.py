"""Rows as CSV that Excel opens with its Chinese intact and without running anything."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, send_file
from flask_babel import gettext

from .. import clock

RUNS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula


def send_csv(name: str, labels: Sequence[str], rows: Sequence[Iterable[Any]], *, most: int) -> Response:
    """Answer with a file; when there may be more rows than it holds, its last line says so."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([harmless(label) for label in labels])
    writer.writerows([harmless(value) for value in row] for row in rows)
    if len(rows) >= most:
        writer.writerow([gettext("仅导出前 %(n)s 条，请缩小筛选条件后分批导出", n=most)])
    file_name = f"{name}-{clock.to_local(clock.now()):%Y%m%d-%H%M}.csv"
    content = ("\ufeff" + text.getvalue()).encode()  # without the mark Excel takes UTF-8 for something else
    return send_file(io.BytesIO(content), "text/csv", as_attachment=True, download_name=file_name)


def harmless(value: Any) -> str:
    """Return a value as text that a spreadsheet shows and does not run."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RUNS) and not _is_figure(text) else text


def _is_figure(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
