"""Processes that take orders: each side of a benchmark lives in one of its own."""

import multiprocessing
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def process(target: Callable[..., None], *arguments: Any) -> Iterator[Callable[[str], Any]]:
    """Yield a function that gives a fresh process an order and returns its answer."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    started = context.Process(target=target, args=(there, *arguments))
    started.start()
    there.close()

    def ask(order: str) -> Any:
        here.send(order)
        return here.recv()

    try:
        ask("ready")
        yield ask
    finally:
        here.close()
        started.join(30)
        started.kill()


def in_own_process(target: Callable[..., None], *arguments: Any) -> None:
    """Run a function in a fresh process and wait for it."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{target.__name__} failed")


def obey(connection: Any, orders: dict[str, Callable[[], Any]]) -> None:
    """Answer orders until nobody is left to give them."""
    while True:
        try:
            order = connection.recv()
        except EOFError:
            return
        connection.send(orders[order]())


def memory(kind: str) -> float:
    """Return `VmRSS` (now) or `VmHWM` (the most so far) of this process in MB."""
    return int(re.search(rf"{kind}:\s+(\d+)", Path("/proc/self/status").read_text()).group(1)) / 1024
