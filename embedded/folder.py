"""The data folder: a lock, the files of the server, and the password, which only the owner of the folder can read."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StartupError
from .permissions import close_to_others

if TYPE_CHECKING:
    import threading

MEMORY = ":memory:"
POLL_SECONDS = 0.02


class DataFolder:
    """A folder that one server uses at a time. For `:memory:`, a temporary folder that is removed at the end.

    Its files are `lock` (locked while in use; holds the process id and the port of the server), `password`, `server.toml`
    and, below `database/`, the data.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.temporary = os.fspath(path) == MEMORY
        self.path = Path(tempfile.mkdtemp(prefix="threadkeep-")) if self.temporary else Path(path).absolute()
        self.storage = MEMORY if self.temporary else str(self.path / "database")
        self.config = self.path / "server.toml"
        self.password_file = self.path / "password"
        self.lock_descriptor = -1

    def claim(self, seconds: float, closing: threading.Event) -> None:
        """Create the folder if it is missing, and lock it.

        Waits up to `seconds` for another server to end, or until `closing` is set. Raises `StartupError` if the folder stays
        locked or cannot be used. The server process inherits the lock, so it is free only when service and server have ended.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.lock_descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._lock(time.monotonic() + seconds, closing)
            if not self.temporary:
                Path(self.storage).mkdir(mode=0o700, exist_ok=True)
            # The command line names this file, so the server does not read a secantusd.toml of this machine.
            self.config.touch(mode=0o600)
            close_to_others(self.path)
        except OSError as error:
            raise StartupError(f"Data folder {self.path} cannot be used: {error.strerror}.") from error

    def _lock(self, deadline: float, closing: threading.Event) -> None:
        while True:
            try:
                fcntl.flock(self.lock_descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline or closing.wait(POLL_SECONDS):
                    owner = _read_lock(self.lock_descriptor)[0]
                    raise self.in_use(f"by another Threadkeep (process {owner})") from None
            else:
                os.ftruncate(self.lock_descriptor, 0)
                os.pwrite(self.lock_descriptor, f"{os.getpid()}\n".encode(), 0)
                return

    def write_port(self, port: int) -> None:
        """Write the port of the server into the lock file, for other processes that may read the password."""
        os.pwrite(self.lock_descriptor, f"{os.getpid()}\n{port}\n".encode(), 0)

    def read_port(self) -> int | None:
        """The port of the server that another process runs on this folder, or None if there is none."""
        with suppress(OSError):  # no such folder, or no lock file in it
            descriptor = os.open(self.path / "lock", os.O_RDWR)
            try:
                # A shared lock, so that two processes that read at once do not take each other for a server.
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                port = _read_lock(descriptor)[1]
                return int(port) if port.isdecimal() else None
            finally:
                os.close(descriptor)
        return None

    def in_use(self, by: str) -> StartupError:
        """The error for a folder that another server uses."""
        return StartupError(f"Data folder {self.path} is in use {by}; stop that one, or use another folder.")

    def has_data(self) -> bool:
        """Whether a server has stored data in this folder before."""
        return (Path(self.storage) / "WiredTiger").exists()

    def password(self) -> str | None:
        """The stored password. None before the first start is complete."""
        if not self.has_data():
            return None
        with suppress(FileNotFoundError):
            return self.password_file.read_text().strip() or None
        return None

    def write_password(self, password: str) -> None:
        """Store the password atomically, readable by the owner only."""
        unfinished = self.password_file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{password}\n")
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(self.password_file)

    def descriptors(self) -> list[int]:
        """The descriptor of the lock, if the folder is locked."""
        return [self.lock_descriptor] if self.lock_descriptor >= 0 else []

    def release(self) -> None:
        """Unlock the folder. Remove it if it is temporary."""
        if self.lock_descriptor >= 0:
            os.close(self.lock_descriptor)
            self.lock_descriptor = -1
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def _read_lock(lock_descriptor: int) -> tuple[str, str]:
    """The process id and the port in the lock file. The port is empty until the server answers."""
    process, port, *_ = f"{os.pread(lock_descriptor, 40, 0).decode()}\n\n".split("\n")
    return process, port
