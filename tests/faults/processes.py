"""The service as in production: a separate process that tests stop, kill and start again."""

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
    """Return a port on which no process listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ForkServer:
    """Runs `fork_server.py`, which starts the services. It ends with this process, and the services with it."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("THREADKEEP_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "threadkeep.tests.faults.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def order(self, **order: Any) -> int:
        """Send an order, and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process and all services that it started."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


class Service:
    """`threadkeep serve` with these settings. Each start uses the same port."""

    def __init__(self, fork_server: ForkServer, folder: Path, mongodb_url: str, **settings: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._fork_server = fork_server
        self._log = folder / f"service-{self.port}.log"
        self._settings = {"admin_key": ADMIN_KEY, "port": self.port, "log_format": "json", "mongodb_url": mongodb_url}
        self._settings |= settings
        self.pid: int | None = None

    def start(self) -> None:
        """Start the process. Does not wait until it is ready."""
        self.pid = self._fork_server.order(start=self._settings, log=str(self._log))

    def wait_until(self, status: int | None, path: str = "/readyz") -> None:
        """Wait until the path answers with this status. None means that no process answers."""
        deadline = time.monotonic() + _START_SECONDS
        while self.status_of(path) != status:
            assert time.monotonic() < deadline, f"{path} never answered {status}:\n{self.log()}"
            time.sleep(0.01)

    def status_of(self, path: str) -> int | None:
        """Return the status of an answer to this path. None if no process answers."""
        try:
            return httpx2.get(f"{self.url}{path}", timeout=5, verify=certificates()).status_code
        except httpx2.TransportError:
            return None

    def kill(self) -> None:
        """Kill the process as the kernel does when memory runs out."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def terminate(self) -> None:
        """Send SIGTERM, as an orchestrator does. Does not wait for the end."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGTERM)

    def wait(self) -> int:
        """Wait until the process ends, and return its exit code."""
        pid, self.pid = self.pid, None
        return self._fork_server.order(wait=pid)

    def resident_bytes(self) -> int:
        """Return the resident memory of the process in bytes."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - a file of the kernel
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def log(self) -> str:
        """Return the last 30 lines of the log."""
        return "\n".join(self._log.read_text().splitlines()[-30:])


class Serve:
    """Starts services. The end of each context kills its service."""

    def __init__(self, fork_server: ForkServer, folder: Path) -> None:
        self._fork_server = fork_server
        self._folder = folder

    @contextmanager
    def __call__(self, mongodb_url: str, **settings: Any) -> Iterator[Service]:
        """Start a service, and wait until it is ready."""
        with self.started(mongodb_url, **settings) as service:
            service.wait_until(200)
            yield service

    @contextmanager
    def started(self, mongodb_url: str, **settings: Any) -> Iterator[Service]:
        """Start a service, and do not wait."""
        service = Service(self._fork_server, self._folder, mongodb_url, **settings)
        service.start()
        try:
            yield service
        finally:
            service.kill()
