"""The servers that the queue benchmark compares: the platform, a hand-written page, Django's admin.

Each answers with `X-Statements`: how many SQL statements the request took.
"""

COUNT_HEADER = "X-Statements"
MENU_ENTRIES = 40
PAGE_SIZE = 25
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")
