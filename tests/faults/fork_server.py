"""A process that imports the service once and forks it for each start: a start takes 0.1 seconds, not 2.

Each order is one line of JSON. `{"start": settings, "log": path}` is answered with a process id, `{"wait": process id}`
with the exit code of this process. At the end of the orders, all started processes are killed.
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
    """Read orders from standard input, and print their answers."""
    pids: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            pid = os.fork()
            if pid == 0:
                _run_service(order["start"], order["log"])
            pids.add(pid)
            answer = pid
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
            pids.discard(order["wait"])
        print(answer, flush=True)  # noqa: T201 - the answer
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _run_service(settings: dict[str, Any], log: str) -> NoReturn:
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
