"""One process of the embedded server, from its start to its end."""

from __future__ import annotations

import errno
import importlib.util
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StartupError
from .folder import POLL_SECONDS
from .port import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .folder import DataFolder
    from .port import Port

SERVER = "secantus"
OWN_LINE = "threadkeep: "
"""The beginning of the lines that our own code in the child writes."""
RESERVE_BYTES = 64 * 1024 * 1024
"""The room that the disk must have for writes: the journal needs some, and a full one ends the server."""
CHILD = Path(__file__).with_name("child.py")
STOP_SECONDS = 10.0
FAULTS_OF_DISKS = {
    errno.ENOSPC: "The disk of the data folder is full",
    errno.EDQUOT: "The disk quota of the data folder is used up",
    errno.EFBIG: "A file in the data folder has reached the limit of its size",
    errno.EROFS: "The disk of the data folder is read-only",
    errno.EACCES: "The data folder cannot be written",
    errno.EIO: "The disk of the data folder has failed",
}

log = logging.getLogger(__name__)


def require_server() -> None:
    """Raise `StartupError` if the server is not installed."""
    if importlib.util.find_spec(SERVER) is None:
        raise StartupError(
            "The embedded server is not installed: pip install 'threadkeep[embedded]', "
            "or set THREADKEEP_MONGODB_URL to a MongoDB of yours."
        )


class ServerProcess:
    """A running server process.

    It runs in its own session, so Ctrl-C does not reach it. This process stops it after the requests have finished.
    """

    def __init__(self, folder: DataFolder, port: Port, password: str, flags: Sequence[str]) -> None:
        self._folder = folder
        self._port = port
        self._last_lines: deque[str] = deque(maxlen=20)
        self._pipe = threading.Lock()
        scratch = str(folder.path) if folder.temporary else ""
        address = ["--config", str(folder.config), "--host", LOOPBACK, "--port", str(port.number)]
        storage = [scratch, folder.storage, str(RESERVE_BYTES)]
        command = [sys.executable, "-P", str(CHILD), *storage, *address, *flags]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter with fixed flags, and no shell
            command,
            stdin=subprocess.PIPE,  # gives the password; a byte then asks the child to stop; closes when this process ends
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=folder.path,
            env=_environment(folder),
            pass_fds=[folder.lock_descriptor],
            start_new_session=True,
        )
        self._write(f"{password}\n".encode())
        self._reader = threading.Thread(target=self._read_lines, name="threadkeep-embedded-log", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def _read_lines(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - for the type checker
        for line in self._process.stderr:
            if line.strip():
                self._last_lines.append(line.strip())
                level = logging.WARNING if line.startswith(OWN_LINE) else logging.INFO
                log.log(level, "embedded server: %s", line.removeprefix(OWN_LINE).rstrip())

    def wait_until_listening(self, seconds: float, closing: threading.Event) -> None:
        """Return when the server accepts connections.

        Raises `StartupError` if the process ends first, after `seconds`, or when `closing` is set.
        """
        deadline = time.monotonic() + seconds
        while not self._port.answers():
            if self._process.poll() is not None:
                raise self.failure()
            if closing.wait(POLL_SECONDS):
                raise StartupError("The embedded server was closed while it was starting.")
            if time.monotonic() > deadline:
                raise StartupError(f"The embedded server did not answer within {seconds:g} seconds.")

    def wait(self) -> None:
        """Block until the process has ended."""
        self._process.wait()

    def failure(self) -> StartupError:
        """The error that says how the process ended. A note of the error holds its last log lines."""
        self._finish()
        if any("already being managed by another process" in line for line in self._last_lines):
            return self._folder.in_use("by another server")
        error = StartupError(f"The embedded server {_ending(self._process.returncode)}{self._reason()}.")
        error.add_note("\n".join(self._last_lines))
        return error

    def disk_fault(self) -> str | None:
        """The fault of the disk, if the last lines of the process name one as the reason of its end. Else None."""
        lines = [line for line in self._last_lines if "[ERROR]: " in line or line.startswith(OWN_LINE)]
        return next(
            (text for code, text in FAULTS_OF_DISKS.items() if any(os.strerror(code) in line for line in lines)), None
        )

    def _reason(self) -> str:
        if fault := self.disk_fault():
            return f": {fault[0].lower()}{fault[1:]} ({self._folder.path})"
        # The lines of the storage engine say more than the exception after them.
        errors = [line.partition("[ERROR]: ")[2] for line in self._last_lines if "[ERROR]: " in line]
        lines = errors or self._last_lines
        return f": {lines[-1]}" if lines else ""

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the server to end. Kill it if it still runs after `seconds`."""
        self._write(b".")
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline:
            # The thread that accepts connections does not notice that its socket is closed for up to two seconds. A new
            # connection wakes it at once.
            self._port.answers()
            time.sleep(POLL_SECONDS)
        self.kill()

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        with self._pipe, suppress(BrokenPipeError):
            if not self._process.stdin.closed:
                os.write(self._process.stdin.fileno(), data)

    def descriptors(self) -> list[int]:
        """The descriptors of the pipes to the process."""
        return [
            stream.fileno() for stream in (self._process.stdin, self._process.stderr) if stream and not stream.closed
        ]

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.wait()
        self._finish()

    def _finish(self) -> None:
        self._process.wait()
        self._reader.join()
        with self._pipe:
            for stream in (self._process.stdin, self._process.stderr):
                if stream is not None:
                    stream.close()


def _environment(folder: DataFolder) -> dict[str, str]:
    """The environment without the variables of the server: one of them would turn durability off."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SECANTUS_")}
    return kept | {"TMPDIR": str(folder.path)} if folder.temporary else kept


def _ending(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
