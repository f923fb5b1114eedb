"""The service as it runs in production: a process of its own, which can be stopped, killed and started again."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from threadkeep.client.options import certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADMIN_KEY = f"tk_{secrets.token_hex(24)}"
_START_SECONDS = 40


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Nursery:
    """Where services come from; ends with us, and they with it."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("THREADKEEP_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "threadkeep.tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def order(self, **order: Any) -> int:
        """Give an order and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it with everything it started."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


class Service:
    """`threadkeep serve` with these settings, on the same port in each of its lives."""

    def __init__(self, nursery: Nursery, folder: Path, mongodb_url: str, **settings: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._nursery = nursery
        self._log = folder / f"service-{self.port}.log"
        self._settings = {"admin_key": ADMIN_KEY, "port": self.port, "log_format": "json", "mongodb_url": mongodb_url}
        self._settings |= settings
        self.pid: int | None = None

    def start(self) -> None:
        """Begin a life; does not wait."""
        self.pid = self._nursery.order(start=self._settings, log=str(self._log))

    def wait_until(self, status: int | None, path: str = "/readyz") -> None:
        """Return as soon as the path answers with this status; None is no answer at all."""
        deadline = time.monotonic() + _START_SECONDS
        while self.ask(path) != status:
            assert time.monotonic() < deadline, f"{path} never answered {status}:\n{self.log()}"
            time.sleep(0.01)

    def ask(self, path: str) -> int | None:
        """The status that the path answers with now; None if nobody answers."""
        try:
            return httpx2.get(f"{self.url}{path}", timeout=5, verify=certificates()).status_code
        except httpx2.TransportError:
            return None

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def terminate(self) -> None:
        """Ask it to stop, as an orchestrator does; does not wait."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end; returns how it ended."""
        pid, self.pid = self.pid, None
        return self._nursery.order(wait=pid)

    def resident_bytes(self) -> int:
        """The memory that the process holds."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - not a file of ours
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def log(self) -> str:
        """What it has said, its newest lines."""
        return "\n".join(self._log.read_text().splitlines()[-30:])


class Serve:
    """Starts services for one test, or some."""

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        self._nursery = nursery
        self._folder = folder

    @contextmanager
    def __call__(self, mongodb_url: str, **settings: Any) -> Iterator[Service]:
        """A service that is ready, and gone in the end."""
        with self.started(mongodb_url, **settings) as service:
            service.wait_until(200)
            yield service

    @contextmanager
    def started(self, mongodb_url: str, **settings: Any) -> Iterator[Service]:
        """A service that was started, ready or not."""
        service = Service(self._nursery, self._folder, mongodb_url, **settings)
        service.start()
        try:
            yield service
        finally:
            service.kill()
