"""A process that has imported the service and forks it off when told to: a start takes a tenth of a second, not two.

Each order is a line of JSON: `{"start": settings, "log": path}` is answered with a process id, `{"wait": process id}`
with how it ended. When the orders end, everything it started ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from threadkeep.server.__main__ import run
from threadkeep.settings import Settings

if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Follow orders."""
    alive: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            pid = os.fork()
            if pid == 0:
                _live(order["start"], order["log"])
            alive.add(pid)
            answer = pid
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
            alive.discard(order["wait"])
        print(answer, flush=True)  # noqa: T201 - the answer
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _live(settings: dict[str, Any], log: str) -> NoReturn:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (descriptor, 1), (descriptor, 2)):
        os.dup2(source, target)
    try:
        run(Settings(_env_file=None, **settings))
    finally:
        sys.stdout.flush()
        os._exit(1 if sys.exc_info()[0] else 0)


if __name__ == "__main__":
    main()
