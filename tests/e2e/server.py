"""Real server processes: `run.py` with its embedded worker, or gunicorn with `flask worker` on PostgreSQL and Redis."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import ClassVar

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.conftest import PARTS

ROOT = Path(__file__).parents[2]
PATIENCE = 60
PRODUCTION = PARTS == "production"


class World:
    """A demo site set up once; servers work on copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"shenbao_e2e_{os.getpid()}"
        self.copies: list[str] = []

    def make(self) -> None:
        """Run `flask setup` and `flask demo` as the README says."""
        if PRODUCTION:
            administer(f'CREATE DATABASE "{self.database}"')
        for command in ("setup", "demo"):
            run = [sys.executable, "-m", "flask", "--app", "run:app", command]
            subprocess.run(
                run, cwd=ROOT, env=environment(self.folder, self.database), check=True, stdout=subprocess.DEVNULL
            )

    def copy(self, folder: Path) -> "Server":
        """Return a server, not yet started, on a copy of the site."""
        shutil.copytree(self.folder, folder)
        name = f"{self.database}_{len(self.copies)}"
        if PRODUCTION:
            administer(f'CREATE DATABASE "{name}" TEMPLATE "{self.database}"')
        self.copies.append(name)
        return Server(folder, name)

    def drop(self) -> None:
        """Remove the databases; the folders go with the session's temporary folder."""
        if PRODUCTION:
            for name in (*self.copies, self.database):
                administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Server:
    """The processes that serve one copy of the site."""

    running: ClassVar[dict[str, "Server"]] = {}  # by address, for those who have only a page of it

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.port = _free_port()
        self.processes: list[subprocess.Popen] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> "Server":
        """Start the processes and wait until they are ready."""
        env = environment(self.folder, self.database) | {"PORT": str(self.port), "HOST": "127.0.0.1"}
        if PRODUCTION:
            bind = ["-b", f"127.0.0.1:{self.port}", "-w", "2", "--threads", "2"]
            self._run([sys.executable, "-m", "gunicorn", "run:app", *bind], env)
            self._run([sys.executable, "-m", "flask", "--app", "run:app", "worker", "--workers", "1"], env)
        else:
            self._run([sys.executable, "run.py"], env)
        self._wait()
        self.running[self.url] = self
        return self

    def stop(self) -> None:
        """End the processes that were started here."""
        self.running.pop(self.url, None)
        for process in self.processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def answer_of(self, picture: str) -> str:
        """Return what a picture shows, which only the database knows."""
        address = _address(self.database) if PRODUCTION else f"sqlite:///{self.folder / 'shenbao.db'}"
        engine = create_engine(address)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT answer FROM captcha WHERE public_id = :id"), {"id": picture})
            answer = found.scalar_one()
        engine.dispose()
        return answer

    def codes(self) -> list[str]:
        """Return the one-time codes that have been sent by SMS, the newest last."""
        files = (self.folder / "outbox" / "sms").glob("outbox-*.txt")
        texts = [p.read_text("utf-8") for p in sorted(files, key=lambda path: int(path.stem.partition("-")[2]))]
        return [found.group(1) for found in (re.search(r"验证码 (\d{6})", text) for text in texts) if found]

    def code_after(self, seen: int) -> str:
        """Return the newest code, once there are more than `seen` of them."""
        end = time.time() + PATIENCE
        while time.time() < end:
            codes = self.codes()
            if len(codes) > seen:
                return codes[-1]
            time.sleep(0.1)
        raise RuntimeError(f"no code came:\n{self.log()[-4000:]}")

    def log(self) -> str:
        """Return what the processes have said."""
        return (self.folder / "server.log").read_text("utf-8")

    def _run(self, command: list[str], env: dict[str, str]) -> None:
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.processes.append(process)

    def _wait(self) -> None:
        end = time.time() + PATIENCE
        while time.time() < end:
            if any(process.poll() is not None for process in self.processes):
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError(f"the server is not ready:\n{self.log()[-4000:]}")


def environment(folder: Path, database: str) -> dict[str, str]:
    """Return the environment of a process: nothing of the test run's own database is left in it."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "FILES_URL", "QUEUE_NAME")}
    kept |= {"SHENBAO_INSTANCE": str(folder), "SHENBAO_CONFIG": "dev", "PYTHONUNBUFFERED": "1"}
    if not PRODUCTION:
        return kept
    return kept | {
        "SHENBAO_CONFIG": "prod",
        "DATABASE_URL": _address(database),
        "REDIS_URL": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9"),
        "QUEUE_NAME": database,
    }


def administer(statement: str) -> None:
    """Run one statement beside the databases of the test."""
    engine = create_engine(_address("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _address(database: str) -> str:
    base = make_url(os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg://root@127.0.0.1:5432/test"))
    return base.set(database=database).render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
