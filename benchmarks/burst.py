"""Many people who press the same button within a few seconds, each over a connection of their own."""

import asyncio
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

PATIENCE = 300  # seconds until a person gives up
ATTEMPTS = 5  # to connect


@dataclass(frozen=True)
class Post:
    """What one person sends, and when: seconds after the burst begins."""

    key: int
    delay: float
    path: str
    cookie: str
    body: str


@dataclass(frozen=True)
class Reply:
    """What came back: `status` 0 stands for no answer. `sent_at` is in seconds since 1970."""

    key: int
    sent_at: float
    seconds: float
    status: int
    location: str = ""
    cookie: str = ""
    failure: str = ""


def send_all(port: int, posts: Sequence[Post], arrival_header: str) -> list[Reply]:
    """Send every post at its moment, whether those before have been answered or not, and return the replies.

    Each carries the moment it was sent, as the proxy in front of a server would note it.
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return asyncio.run(_send_all(port, posts, arrival_header))


async def _send_all(port: int, posts: Sequence[Post], arrival_header: str) -> list[Reply]:
    start = time.monotonic()
    return list(await asyncio.gather(*(_send(port, post, start, arrival_header) for post in posts)))


async def _send(port: int, post: Post, start: float, arrival_header: str) -> Reply:
    await asyncio.sleep(max(0.0, start + post.delay - time.monotonic()))
    sent_at, begun = time.time(), time.perf_counter()
    try:
        head = await asyncio.wait_for(_ask(port, post, f"{arrival_header}: t={sent_at:.3f}"), PATIENCE)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        return Reply(post.key, sent_at, time.perf_counter() - begun, 0, failure=f"{type(error).__name__} {error}")
    status, fields = _parse(head)
    cookie = fields.get("set-cookie", "").partition(";")[0].partition("=")[2]
    return Reply(post.key, sent_at, time.perf_counter() - begun, status, fields.get("location", ""), cookie)


async def _ask(port: int, post: Post, arrival: str) -> str:
    """Return the head of the answer after reading all of it."""
    reader, writer = await _connect(port)
    body = post.body.encode()
    head = (
        f"POST {post.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {post.cookie}\r\n{arrival}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
        await reader.read()
    finally:
        writer.close()
    return answer.decode("latin-1")


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as a browser does: a connection that is turned away is tried again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(attempt)
    raise AssertionError


def _parse(head: str) -> tuple[int, dict[str, str]]:
    first, *lines = head.split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _colon, value in pairs}
