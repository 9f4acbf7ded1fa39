"""Counting the statements of a request where SQLAlchemy sends them."""

from contextvars import ContextVar

from flask import Flask, Response
from sqlalchemy import Engine, event

from . import COUNT_HEADER, NOT_COUNTED

_count: ContextVar[int] = ContextVar("count", default=0)


def count_statements(app: Flask, engine: Engine) -> None:
    """Let every answer of the application tell how many statements it took."""

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(NOT_COUNTED):
            _count.set(_count.get() + 1)

    def begin() -> None:
        _count.set(0)

    def tell(response: Response) -> Response:
        response.headers[COUNT_HEADER] = str(_count.get())
        return response

    event.listen(engine, "before_cursor_execute", note)
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(tell)
