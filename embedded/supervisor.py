"""Keeps the embedded server running: starts it, and starts it again if it dies."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from ..errors import StartupError
from . import login
from .process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .folder import DataFolder
    from .port import Port

ANSWER_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 30.0

log = logging.getLogger(__name__)


class Supervisor:
    """One server that runs until `stop`. A thread waits for the end of each server process."""

    def __init__(
        self, folder: DataFolder, port: Port, password: str, flags: Sequence[str], closing: threading.Event
    ) -> None:
        self.error: str | None = None
        self.problem: str | None = None
        self._folder = folder
        self._port = port
        self._flags = flags
        self._password = password
        self._closing = closing
        self._launching = threading.Lock()
        self._process: ServerProcess | None = None
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the newest server process."""
        return self._process.pid if self._process is not None else None

    def descriptors(self) -> list[int]:
        """The descriptors of the pipes to the newest server process."""
        return self._process.descriptors() if self._process is not None else []

    def start(self) -> None:
        """Start the server, wait until it answers, and watch it from then on."""
        process = self._launch()
        self._watcher = threading.Thread(target=self._watch, args=(process,), name="threadkeep-embedded", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End the server and the thread that watches it."""
        self._closing.set()
        with self._launching:  # from here on, no process is started
            process = self._process
        if process is not None:
            # The data in memory is lost anyway, so the process can be killed.
            process.kill() if self._folder.temporary else process.stop()
        if self._watcher is not None:
            self._watcher.join()

    def _launch(self) -> ServerProcess:
        with self._launching:
            if self._closing.is_set():
                raise StartupError("The embedded server is being closed.")
            process = self._process = ServerProcess(self._folder, self._port, self._password, self._flags)
        try:
            process.wait_until_listening(ANSWER_SECONDS, self._closing)
            login.check(login.url(self._port.number, self._password))
        except StartupError:
            process.kill()
            raise
        return process

    def _watch(self, process: ServerProcess) -> None:
        pause = 0.0
        while True:
            answered = time.monotonic()
            process.wait()
            if self._closing.is_set():
                return
            self._note(process.failure(), process)
            if self._folder.temporary:
                log.error("%s Its data in memory is lost.", self.error)
                return
            log.warning("%s It is being started again.", self.error)
            if time.monotonic() - answered > STEADY_SECONDS:
                pause = 0.0
            successor, pause = self._start_again(pause)
            if successor is None:
                return
            process, self.error, self.problem = successor, None, None
            log.warning("The embedded server runs again.")

    def _start_again(self, pause: float) -> tuple[ServerProcess | None, float]:
        """Start the server again until it answers, with longer and longer pauses."""
        while not self._closing.wait(pause):
            pause = min(max(2 * pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            try:
                return self._launch(), pause
            except (StartupError, OSError) as error:
                if str(error) != self.error:  # a full disk would fill the log too
                    log.warning("The embedded server could not be started again: %s", error)
                self._note(error, self._process)
        return None, pause

    def _note(self, error: Exception, process: ServerProcess | None) -> None:
        self.error = str(error)
        fault = process.disk_fault() if process is not None else None
        self.problem = f"{fault or 'The embedded server is down and is started again'}."
