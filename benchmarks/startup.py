"""From launch until the platform answers `/healthz`, with a long menu, against importing its framework alone.

`make bench-startup`: every run is a process of its own; the first of each side warms the byte code and is not counted.
"""

import argparse
import os
import subprocess
import sys
from statistics import median
from time import monotonic

from .parts import ROOT, describe_machine, finish, in_turns, milliseconds, ratio, say, scratch, table
from .peers import MENU_ENTRIES

AIM_SECONDS = 1.5
OURS, FRAMEWORK = "platform", "import flask_appbuilder"
READY = "from time import monotonic; print(monotonic())"
PROGRAMS = {
    OURS: f"""
from app import create_app
from benchmarks.peers.menu import mount_menu
app = create_app()
mount_menu(app)
assert app.test_client().get("/healthz").status_code == 200
{READY}""",
    FRAMEWORK: f"import flask_appbuilder; {READY}",
}


def main() -> None:
    """Measure both sides in turns and print the ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    describe_machine()
    with scratch():
        for name in PROGRAMS:
            _launch(name)
        times = in_turns({name: lambda name=name: _launch(name) for name in PROGRAMS}, given.rounds)
    table(("side", "ms until ready"), [(name, milliseconds(found)) for name, found in times.items()])
    say(f"aim: {AIM_SECONDS} s with {MENU_ENTRIES} menu entries")
    seconds = round(median(times[OURS]), 2)
    finish({"seconds": seconds, "aim": AIM_SECONDS, "to_framework": ratio(times[OURS], times[FRAMEWORK])})


def _launch(name: str) -> float:
    """Return the seconds from launching a process until it says that it is ready."""
    command = [sys.executable, "-c", PROGRAMS[name]]
    start = monotonic()
    said = subprocess.run(command, cwd=ROOT, env=os.environ, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1]) - start


if __name__ == "__main__":
    main()
