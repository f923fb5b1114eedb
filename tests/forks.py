"""Runs work in children of `os.fork()`."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FORK_WARNING = "ignore:This process .* is multi-threaded:DeprecationWarning"
_PATIENCE_SECONDS = 20


def in_child(work: Callable[[], object]) -> int:
    """Run the work in one child process. Returns 0 if it ended, and 1 after an error. A child that hangs is killed."""
    return in_children(lambda _: work(), 1)[0]


def in_children(work: Callable[[int], object], count: int) -> list[int]:
    """Run the work in so many child processes at once, with their numbers. Returns their exit codes."""
    children = []
    for number in range(count):
        child = os.fork()
        if not child:
            _run(work, number)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _run(work: Callable[[int], object], number: int) -> None:
    code = 1
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_PATIENCE_SECONDS)
    try:
        work(number)
        code = 0
    except BaseException:  # noqa: BLE001  a test must not go on in the child
        import traceback  # noqa: PLC0415

        traceback.print_exc()
    finally:
        os._exit(code)
