"""The data folder: one lock, the server's files, and the password that only the owner can read."""

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

if TYPE_CHECKING:
    import threading

MEMORY = ":memory:"
POLL_SECONDS = 0.02


class DataFolder:
    """A folder that belongs to one server at a time; for `:memory:` a temporary one that goes with it.

    `lock` (held while open; says whose it is, and on which port the server answers), `password`, `server.toml` and,
    below `database/`, what the server stores.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.temporary = os.fspath(path) == MEMORY
        self.path = Path(tempfile.mkdtemp(prefix="threadkeep-")) if self.temporary else Path(path).absolute()
        self.storage = MEMORY if self.temporary else str(self.path / "database")
        self.config = self.path / "server.toml"
        self.password_file = self.path / "password"
        self.lock_descriptor = -1

    def claim(self, patience: float, closing: threading.Event) -> None:
        """Make the folder where it is missing and lock it.

        A server that is just ending is waited for. The server inherits the descriptor, so the lock is free only
        when the service and its server are both gone.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.lock_descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._lock(time.monotonic() + patience, closing)
            if not self.temporary:
                Path(self.storage).mkdir(mode=0o700, exist_ok=True)
            # Named on the command line, it keeps the server from taking up a secantusd.toml of this machine.
            self.config.write_text("# Left empty: every setting of the embedded server is a flag.\n")
        except OSError as error:
            raise StartupError(f"Data folder {self.path} cannot be used: {error.strerror}.") from error

    def _lock(self, deadline: float, closing: threading.Event) -> None:
        while True:
            try:
                fcntl.flock(self.lock_descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline or closing.wait(POLL_SECONDS):
                    owner = _said(self.lock_descriptor)[0]
                    raise self.in_use(f"by another Threadkeep (process {owner})") from None
            else:
                os.ftruncate(self.lock_descriptor, 0)
                os.pwrite(self.lock_descriptor, f"{os.getpid()}\n".encode(), 0)
                return

    def tell_port(self, port: int) -> None:
        """Let others who may read the password know where the server answers, for as long as the folder is locked."""
        os.pwrite(self.lock_descriptor, f"{os.getpid()}\n{port}\n".encode(), 0)

    def told_port(self) -> int | None:
        """Where the server answers that another process runs on this folder, if one does."""
        with suppress(OSError):  # no folder, or none of ours
            descriptor = os.open(self.path / "lock", os.O_RDWR)
            try:
                # Shared, so that two who ask do not take each other for a server.
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                port = _said(descriptor)[1]
                return int(port) if port.isdecimal() else None
            finally:
                os.close(descriptor)
        return None

    def in_use(self, by: str) -> StartupError:
        """Say that somebody else works on this folder."""
        return StartupError(f"Data folder {self.path} is in use {by}; stop that one, or use another folder.")

    def password(self) -> str | None:
        """Read the password; none before the first start is complete."""
        if not (Path(self.storage) / "WiredTiger").exists():
            return None
        with suppress(FileNotFoundError):
            self.password_file.chmod(0o600)
            return self.password_file.read_text().strip()
        return None

    def keep_password(self, password: str) -> None:
        """Store the password, whole or not at all."""
        unfinished = self.password_file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{password}\n")
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(self.password_file)

    def release(self) -> None:
        """Unlock the folder; a temporary one is removed."""
        if self.lock_descriptor >= 0:
            os.close(self.lock_descriptor)
            self.lock_descriptor = -1
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def _said(lock_descriptor: int) -> tuple[str, str]:
    """The process that holds the lock, and the port of its server once it answers."""
    process, port, *_ = f"{os.pread(lock_descriptor, 40, 0).decode()}\n\n".split("\n")
    return process, port
