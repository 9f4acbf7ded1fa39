"""A small load generator in a process of its own: `python -m benchmarks.loader`, an order as JSON on stdin.

It speaks to sockets directly, so that it takes little of the processor time that it measures. A request that is not
answered with 200 stops it.
"""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from .parts import ROOT


def load(port: int, path: str, cookie: str, *, people: int, seconds: float) -> dict[str, Any]:
    """Let that many people ask for a page again and again; returns requests per second and the latencies."""
    order = {"port": port, "path": path, "cookie": cookie, "people": people, "seconds": seconds}
    command = [sys.executable, "-m", "benchmarks.loader"]
    done = subprocess.run(command, input=json.dumps(order), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)


def main() -> None:
    """Carry out the order on stdin."""
    order = json.load(sys.stdin)
    request = (
        f"GET {order['path']} HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\n"
        f"Cookie: {order['cookie']}\r\nConnection: close\r\n\r\n"
    ).encode()
    latencies: list[float] = []
    failures: list[str] = []
    start = perf_counter()
    threads = [
        threading.Thread(target=_guarded, args=(_ask_until, failures, order, request, start, latencies))
        for _person in range(order["people"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = perf_counter() - start
    if failures:
        sys.exit(failures[0])
    json.dump({"rps": len(latencies) / spent, "latencies": latencies}, sys.stdout)


def _guarded(work: Callable[..., None], failures: list[str], *arguments: Any) -> None:
    try:
        work(*arguments)
    except (OSError, ValueError) as error:
        failures.append(str(error))


def _ask_until(order: dict[str, Any], request: bytes, start: float, latencies: list[float]) -> None:
    while perf_counter() < start + order["seconds"]:
        begun = perf_counter()
        head = _ask(order["port"], request)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise ValueError(f"answered {head[:40]!r}")
        latencies.append(perf_counter() - begun)


def _ask(port: int, request: bytes) -> bytes:
    """Return the first part of the answer after reading all of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        first = connection.recv(65536)
        while connection.recv(65536):
            pass
    return first


if __name__ == "__main__":
    main()
