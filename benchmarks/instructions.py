"""Instructions that a process executes, where the machine counts them: steadier than time, and the same on a busy machine."""

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
    """Whether `perf` is here and may count; virtual machines often have no counters."""
    perf = shutil.which("perf")
    if perf is None:
        return False
    tried = subprocess.run([perf, *_options(EVENT), "true"], capture_output=True, text=True, check=False)
    return tried.returncode == 0 and total(tried.stderr) is not None


async def executed_by(pid: int, work: Callable[[], Awaitable[object]], *, event: str = EVENT) -> float | None:
    """What the process executes while this work is done, in user and kernel mode; None where it cannot be told."""
    perf = await asyncio.create_subprocess_exec(
        "perf", *_options(event), "-p", str(pid), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    await asyncio.sleep(_SETTLING_SECONDS)
    try:
        await work()
    finally:
        perf.send_signal(signal.SIGINT)
        _, said = await perf.communicate()
    return total(said.decode())


_SETTLING_SECONDS = 0.2


def _options(event: str) -> list[str]:
    return ["stat", "-x", ",", "-e", event]


def total(said: str) -> float | None:
    """The count in what `perf stat -x,` prints; None where it says `<not supported>` or `<not counted>`."""
    for line in said.splitlines():
        count = line.split(",")[0]
        try:
            return float(count)
        except ValueError:
            continue
    return None
