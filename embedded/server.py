"""`EmbeddedServer`: a server that speaks the MongoDB wire protocol, with its own data folder."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Self

from ..errors import StartupError
from ..forks import cut, let_go_in_children
from . import login
from .folder import MEMORY, DataFolder
from .port import Port
from .process import require_server
from .supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# A maximum, not a reservation. It limits the size of a transaction, and a batch of messages is one transaction. A batch of
# 40 MB fits into 1G, the default of the server. A batch of 24 MB does not fit into 256M.
CACHE_SIZE = "1G"
# Enough for a change stream to resume after a short break. With 100,000, the default of the server, writes take a fifth longer.
OPLOG_ENTRIES = "10000"
# The oplog holds copies of the documents that were written: so long is deleted content still in it.
OPLOG_SECONDS = 600
LOCK_SECONDS = 5.0


class EmbeddedServer:
    """A MongoDB-compatible server on a free loopback port, with its data in a folder, or in memory for `:memory:`.

    The server ends when this process ends, even if this process is killed. If the server dies, it is started again on the
    same port with the same data: every acknowledged write survives. A server in memory is not started again.

    `open` and `close` block. In async code, use `async with EmbeddedServer.start(path) as server`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        test_commands: bool = False,
        cache_size: str = CACHE_SIZE,
        lock_seconds: float = LOCK_SECONDS,
        oplog_seconds: int = OPLOG_SECONDS,
    ) -> None:
        self._path = path
        self._lock_seconds = lock_seconds
        self._flags = ["--log-level", "WARNING"]
        if os.fspath(path) != MEMORY:  # data in memory is lost at the end anyway
            self._flags.append("--sync-on-commit")
        self._flags += ["--cache-size", cache_size, "--oplog-max-entries", OPLOG_ENTRIES]
        self._flags += ["--oplog-retention-seconds", str(oplog_seconds)]
        self._flags += ["--enable-test-commands"] if test_commands else []
        self._url = ""
        self._closing = threading.Event()
        self._open_or_close = threading.RLock()
        self._resources = ExitStack()
        self._supervisor: Supervisor | None = None
        self._folder: DataFolder | None = None
        self._port: Port | None = None
        self._is_of_parent = False
        """Whether a parent process opened the server, and this process is its child."""

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        path: str | os.PathLike[str],
        *,
        test_commands: bool = False,
        cache_size: str = CACHE_SIZE,
        lock_seconds: float = LOCK_SECONDS,
        oplog_seconds: int = OPLOG_SECONDS,
    ) -> AsyncIterator[Self]:
        """A running server inside `async with`. Does not block the event loop."""
        server = cls(
            path,
            test_commands=test_commands,
            cache_size=cache_size,
            lock_seconds=lock_seconds,
            oplog_seconds=oplog_seconds,
        )
        try:
            await asyncio.to_thread(server.open)
            yield server
        finally:
            if not server._is_of_parent:
                await asyncio.to_thread(server.close)

    @classmethod
    def running_at(cls, path: str | os.PathLike[str]) -> str | None:
        """The URL of the server that another process runs on this folder, or None. Commands use it beside a running service."""
        if os.fspath(path) == MEMORY:
            return None
        folder = DataFolder(path)
        port, password = folder.read_port(), folder.password()
        return login.url(port, password) if port is not None and password is not None else None

    @classmethod
    def has_data(cls, path: str | os.PathLike[str]) -> bool:
        """Whether a server has stored data in this folder before. Creates nothing."""
        return os.fspath(path) != MEMORY and DataFolder(path).has_data()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The URL of the server. It contains the password, so do not log it."""
        return self._url

    @property
    def error(self) -> str | None:
        """The reason why the server is down. None while it runs."""
        return self._supervisor.error if self._supervisor is not None else None

    @property
    def problem(self) -> str | None:
        """The same reason in one sentence without paths, which anybody may read. None while the server runs."""
        return self._supervisor.problem if self._supervisor is not None else None

    @property
    def pid(self) -> int | None:
        """The process id of the server. It changes when the server is started again."""
        return self._supervisor.pid if self._supervisor is not None else None

    def open(self) -> None:
        """Start the server and return when it answers. Raises `StartupError` if it cannot be started."""
        require_server()
        with self._open_or_close:
            try:
                self._open()
            except OSError as error:
                self.close()
                raise StartupError(f"The embedded server cannot be started: {error}.") from error
            except BaseException:  # after any error, no process and no lock may stay behind
                self.close()
                raise

    def close(self) -> None:
        """End the server and release its port and folder. A running `open` in another thread is given up."""
        self._closing.set()
        with self._open_or_close:
            self._resources.close()

    def let_go(self) -> None:
        """Give up the server in a child process, which neither uses nor ends it."""
        self._is_of_parent = True
        self._open_or_close = threading.RLock()
        self._resources.pop_all()
        descriptors = [] if self._supervisor is None else self._supervisor.descriptors()
        descriptors += [] if self._port is None else self._port.descriptors()
        descriptors += [] if self._folder is None else self._folder.descriptors()
        cut(descriptors)
        self._supervisor = self._folder = self._port = None

    def _open(self) -> None:
        folder = self._folder = DataFolder(self._path)
        let_go_in_children(self)
        self._resources.callback(folder.release)
        folder.claim(self._lock_seconds, self._closing)
        port = self._port = Port()
        self._resources.callback(port.release)
        known = folder.password()
        password = known or login.new_password()
        self._url = login.url(port.number, password)
        self._supervisor = Supervisor(folder, port, password, self._flags, self._closing)
        self._resources.callback(self._supervisor.stop)
        self._supervisor.start()
        if known is None:
            # Last, so a start that is killed before this is repeated with another password.
            folder.write_password(password)
        folder.write_port(port.number)
