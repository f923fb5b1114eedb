"""The measured processes: the service as users run it, and the floor."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG_TIMEOUTS = {"THREADKEEP_DATABASE_TIMEOUT_SECONDS": "60", "THREADKEEP_REQUEST_TIMEOUT_SECONDS": "120"}
"""If the database stalls for some seconds under full load, a lap becomes slow, but the run continues."""
_NO_RATE_LIMITS = {
    "THREADKEEP_KEY_REQUESTS_PER_SECOND": "0",
    "THREADKEEP_USER_KEY_REQUESTS_PER_SECOND": "0",
    "THREADKEEP_KEY_BYTES_PER_SECOND": "0",
}
"""The benchmark sends as many requests as it can."""
_NO_DAILY_FACTS = {"THREADKEEP_ROLLUP_SECONDS": "0"}
"""No rollup: a day with a million loaded messages would keep the embedded server busy for minutes."""
ADMIN_KEY = "tk_bench_0123456789abcdefghijklmnopqrstuvwxyz"
_LINUX = sys.platform == "linux"
_MEBIBYTE = 1024 * 1024
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Measured:
    """A running process that answers HTTP on a port."""

    name: str
    pid: int
    port: int
    started_seconds: float
    """Seconds from the start of the process until it printed that it is ready."""

    def cpu_seconds(self) -> float:
        """The user and system time of the process and its threads so far, without child processes."""
        return cpu_seconds(self.pid)

    def memory(self) -> float:
        """Resident memory in MiB."""
        return float(psutil.Process(self.pid).memory_info().rss / _MEBIBYTE)


def cpu_seconds(pid: int) -> float:
    """The user and system time of a process. On Linux the unit is nanoseconds; psutil would give ticks of 10 ms."""
    if _LINUX:
        return time.clock_gettime(~pid << 3 | 2)  # the clock id that clock_getcpuclockid(3) computes from a process id
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def service(mongodb_url: str, database: str, **settings: str) -> Iterator[Measured]:
    """A running `threadkeep serve` with default settings, but without rollup and with long timeouts."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("THREADKEEP_")}
    environment |= {
        "THREADKEEP_MONGODB_URL": mongodb_url,
        "THREADKEEP_DATABASE": database,
        "THREADKEEP_ADMIN_KEY": ADMIN_KEY,
        **_LONG_TIMEOUTS,
        **_NO_RATE_LIMITS,
        **_NO_DAILY_FACTS,
        **{f"THREADKEEP_{name.upper()}": value for name, value in settings.items()},
    }
    with _running("threadkeep", ["-m", "threadkeep", "serve", "--port", "0"], environment, "URL:") as measured:
        yield measured


@contextmanager
def floor(mongodb_url: str, database: str) -> Iterator[Measured]:
    """The running ASGI application of `floor.py`, on the same uvicorn."""
    command = ["-m", "threadkeep.benchmarks.floor", mongodb_url, database]
    with _running("floor", command, dict(os.environ), "URL:") as measured:
        yield measured


@contextmanager
def _running(name: str, command: list[str], environment: dict[str, str], sign: str) -> Iterator[Measured]:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Measured(name, process.pid, _printed_port(process, sign), time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None  # noqa: S101 - for the type checker
        process.stdout.close()


def _printed_port(process: subprocess.Popen[str], sign: str) -> int:
    assert process.stdout is not None  # noqa: S101 - for the type checker
    for line in process.stdout:
        if sign in line:
            return int(line.rsplit(":", 1)[1])
    raise RuntimeError(f"{process.args!r} ended with status {process.wait()} before it answered.")
