"""`EmbeddedServer`: a MongoDB-wire server of one's own."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Self

from ..errors import StartupError
from . import login
from .folder import MEMORY, DataFolder
from .port import Port
from .process import ServerProcess, require_server
from .supervisor import ANSWER_SECONDS, Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# A ceiling, not a reservation; it bounds what one transaction may hold, and a batch of messages is one. A batch of
# 40 MB fits into the server's own 1G, one of 24 MB does not fit into 256M.
CACHE_SIZE = "1G"
# Enough for a change stream to resume after a hiccup; with the server's own 100,000 writes took a fifth longer.
OPLOG_ENTRIES = "10000"
LOCK_SECONDS = 5.0
FIRST_STOP_SECONDS = 2.0


class EmbeddedServer:
    """A server on a loopback port of its own, with its data in a folder, or in memory for `:memory:`.

    It ends with this process however that ends. When it dies by itself it is started again on the same port with
    the same data: every acknowledged write survives. In memory none could, so there it stays down.

    `open` and `close` block; in async code use `async with EmbeddedServer.start(path) as server`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        test_commands: bool = False,
        cache_size: str = CACHE_SIZE,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._path = path
        self._lock_seconds = lock_seconds
        self._flags = ["--log-level", "WARNING"]
        if os.fspath(path) != MEMORY:  # what nobody opens again need not be on disk
            self._flags.append("--sync-on-commit")
        self._flags += ["--cache-size", cache_size, "--oplog-max-entries", OPLOG_ENTRIES]
        self._flags += ["--enable-test-commands"] if test_commands else []
        self._url = ""
        self._closing = threading.Event()
        self._turn = threading.RLock()
        self._opened = ExitStack()
        self._supervisor: Supervisor | None = None

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        path: str | os.PathLike[str],
        *,
        test_commands: bool = False,
        cache_size: str = CACHE_SIZE,
        lock_seconds: float = LOCK_SECONDS,
    ) -> AsyncIterator[Self]:
        """Run a server for the length of an `async with`, without blocking the event loop."""
        server = cls(path, test_commands=test_commands, cache_size=cache_size, lock_seconds=lock_seconds)
        try:
            await asyncio.to_thread(server.open)
            yield server
        finally:
            await asyncio.to_thread(server.close)

    @classmethod
    def running_at(cls, path: str | os.PathLike[str]) -> str | None:
        """The URL of the server that another process runs on this folder, or None: for commands beside a service."""
        if os.fspath(path) == MEMORY:
            return None
        folder = DataFolder(path)
        if (port := folder.told_port()) is None:
            return None
        return login.url(port, folder.password())

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it answers, user and password included: not for logs."""
        return self._url

    @property
    def error(self) -> str | None:
        """Why it is down; `None` while it runs."""
        return self._supervisor.error if self._supervisor is not None else None

    @property
    def pid(self) -> int | None:
        """The process id of the server; a new one after it was started again."""
        return self._supervisor.pid if self._supervisor is not None else None

    def open(self) -> None:
        """Start the server and return when it answers; raise `StartupError` where it cannot."""
        require_server()
        with self._turn:
            try:
                self._open()
            except OSError as error:
                self.close()
                raise StartupError(f"The embedded server cannot be started: {error}.") from error
            except BaseException:  # whatever it was: no process and no lock stays behind
                self.close()
                raise

    def close(self) -> None:
        """End the server and free its port and folder; an `open` under way in another thread gives up."""
        self._closing.set()
        with self._turn:
            self._opened.close()

    def _open(self) -> None:
        folder = DataFolder(self._path)
        self._opened.callback(folder.release)
        folder.claim(self._lock_seconds, self._closing)
        port = Port()
        self._opened.callback(port.release)
        if folder.temporary:
            # No password: the port is on loopback, what is there is a test's, and a user can only be made in one
            # life of the server and asked for in the next.
            self._url = login.url(port.number)
        else:
            password = folder.password() or self._first_life(folder, port)
            self._url = login.url(port.number, password)
            self._flags.append("--auth")
        self._supervisor = Supervisor(folder, port, self._flags, self._url, self._closing)
        self._opened.callback(self._supervisor.stop)
        self._supervisor.start()
        folder.tell_port(port.number)

    def _first_life(self, folder: DataFolder, port: Port) -> str:
        """Run the server without authentication for as long as it takes to make its user.

        The password is stored last: killed at any moment before, the next start does all of this again.
        """
        password = login.new_password()
        process = ServerProcess(folder, port, self._flags)
        try:
            process.wait_until_listening(ANSWER_SECONDS, self._closing)
            login.create_user(login.url(port.number), password)
        finally:
            process.stop(FIRST_STOP_SECONDS)
        folder.keep_password(password)
        return password
