"""Measures the time from the start of a process until it has done its work or is ready."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ..processes import service
from ..table import Table, judged
from ..targets import START, finding

if TYPE_CHECKING:
    from ..stage import Stage

_COMMANDS = {
    "import threadkeep": ["-c", "import threadkeep"],
    "threadkeep --help": ["-m", "threadkeep", "--help"],
}
_SERVES = "threadkeep serve answers"


async def measure(stage: Stage) -> list[Table]:
    """The table of commands that end by themselves, and of the service on a running MongoDB."""
    count = stage.effort.starts
    task = stage.progress.add_task("start-up", total=(len(_COMMANDS) + 1) * count + 1)
    table = Table(
        "start-up",
        "Start-up",
        f"Wall time from the start of the process, with that of the interpreter: the median of {count} starts. The service is "
        "ready when it can answer, on a running MongoDB that has all collections already.",
        judged("command", "CPU"),
    )
    for name, command in {"python -c pass": ["-c", "pass"], **_COMMANDS}.items():
        times = []
        for _ in range(count if name in _COMMANDS else 1):
            times.append(_run(command))
            stage.progress.advance(task)
        _add(table, name, times)
    times = []
    for _ in range(count):
        with service(stage.mongodb.url, stage.database) as started:
            times.append((started.started_seconds, started.cpu_seconds()))
        stage.progress.advance(task)
    _add(table, _SERVES, times)
    return [table]


def _add(table: Table, name: str, times: list[tuple[float, float]]) -> None:
    wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
    if name in START:
        table.add(name, f"{cpu:.2f} s", found=finding(name, wall, START[name]))
    else:
        table.add(name, f"{cpu:.2f} s", f"{wall:.2f} s")


def _run(arguments: list[str]) -> tuple[float, float]:
    """The wall and CPU seconds of an interpreter with these arguments."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with status {process.returncode}.")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime
