"""A declaration type as one Excel workbook, and back without loss: many officials think in Excel.

Each list of the type is a sheet with a line for each entry; rules stand in their cells as JSON. What has no column of
its own stands in the last one, so nothing is lost between writing and reading.
"""

from .cells import WorkbookError
from .reading import read_workbook
from .writing import write_workbook

__all__ = ["WorkbookError", "read_workbook", "write_workbook"]
