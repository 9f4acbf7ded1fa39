"""What both spreadsheet formats share: fonts, the unit of widths, limits and their refusal."""

from flask_babel import lazy_gettext as _

from app.errors import SheetTooLarge

FONT = "宋体"
HEADING_FONT = "黑体"
ROW_HEIGHT = 22  # points of an ordinary line
MARGIN = 0.5  # inches
A4, A3 = 9, 8  # as spreadsheets number sizes of paper
CHARACTER = 2.1  # width of a Chinese character in the unit of spreadsheets, a digit of the default font

XLS_LINES = 65_535  # the format ends at 65,536
XLSX_LINES = 1_048_576


def too_many_lines(limit: int) -> SheetTooLarge:
    """Return the refusal of a table that a format cannot hold."""
    if limit == XLS_LINES:
        return SheetTooLarge(_(".xls 格式最多 %(limit)s 行，数据超出上限，请改为导出 .xlsx 格式。", limit=f"{limit:,}"))
    return SheetTooLarge(_(".xlsx 格式最多 %(limit)s 行，数据超出上限，请缩小导出范围。", limit=f"{limit:,}"))
