"""Counts the instructions of a process with `perf`. Unlike time, they do not depend on how busy the machine is."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EVENT = "instructions"


def are_counted() -> bool:
    """Whether `perf` is installed and can count. Virtual machines often have no counters."""
    perf = shutil.which("perf")
    if perf is None:
        return False
    tried = subprocess.run([perf, *_options(EVENT), "true"], capture_output=True, text=True, check=False)
    return tried.returncode == 0 and total(tried.stderr) is not None


async def executed_by(pid: int, work: Callable[[], Awaitable[object]], *, event: str = EVENT) -> float | None:
    """The instructions, in user and kernel mode, of a process during this work. None if they cannot be counted."""
    perf = await asyncio.create_subprocess_exec(
        "perf", *_options(event), "-p", str(pid), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    await asyncio.sleep(_SETTLING_SECONDS)
    try:
        await work()
    finally:
        perf.send_signal(signal.SIGINT)
        _, output = await perf.communicate()
    return total(output.decode())


_SETTLING_SECONDS = 0.2


def _options(event: str) -> list[str]:
    return ["stat", "-x", ",", "-e", event]


def total(output: str) -> float | None:
    """The count in the output of `perf stat -x,`. None if the output says `<not supported>` or `<not counted>`."""
    for line in output.splitlines():
        count = line.split(",")[0]
        try:
            return float(count)
        except ValueError:
            continue
    return None
