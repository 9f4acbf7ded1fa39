"""Servers under gunicorn, and a person who logs in to them."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from .parts import ROOT

START_SECONDS = 60
PASSWORD_ALONE = {"LOGIN_CAPTCHA": "off", "LOGIN_SECOND_FACTOR": "off"}  # what is measured begins after the log-in
_TOKEN = re.compile(r'name="(csrf_token|csrfmiddlewaretoken)"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Person:
    """A browser that keeps its cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> Answer:
        """Read a page."""
        return self._ask("GET", path)

    def log_in(self, path: str, username: str, password: str) -> None:
        """Log in through the page, as a person does."""
        name, token = _TOKEN.search(self.get(path).text).groups()
        body = urlencode({name: token, "username": username, "password": password})
        answer = self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 302:
            raise AssertionError(f"log-in at {path} answered {answer.status}")

    def _ask(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {"Cookie": self.cookie_header} | dict(headers or {}))
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        for line in response.headers.get_all("Set-Cookie") or []:
            self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(line).items()}
        connection.close()
        return answer


@contextmanager
def gunicorn(module: str, folder: Path, workers: int, environment: Mapping[str, str]) -> Iterator[int]:
    """Yield the port of a server that runs a module's `app` with these workers."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", f"{module}:app", "-b", f"127.0.0.1:{port}", "-w", str(workers)]
    with running([*command, "--timeout", "120"], folder / f"{module}.log", environment) as process:
        _wait_until_open(process, port, folder / f"{module}.log")
        yield port


@contextmanager
def embedded(folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Yield the port of the server that `make run` starts, with its worker in the same process."""
    port = _free_port()
    log = folder / "embedded.log"
    with running([sys.executable, "run.py"], log, {**environment, "PORT": str(port)}) as process:
        _wait_until_open(process, port, log)
        yield port


@contextmanager
def running(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """Keep a process going whose output goes to a file."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | PASSWORD_ALONE | dict(environment), stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_open(process: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if Person(port).get("/favicon.ico").status:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")
