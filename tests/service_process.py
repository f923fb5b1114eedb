"""Runs `threadkeep` commands as separate processes, as users start them."""

from __future__ import annotations

import os
import signal
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

_PATIENCE_SECONDS = 40


def environment(folder: Path, settings: dict[str, Any]) -> dict[str, str]:
    """Return the environment of this process, with `settings` in place of its `THREADKEEP_` variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("THREADKEEP_")}
    variables = {f"THREADKEEP_{name.upper()}": str(value) for name, value in settings.items()}
    return clean | {"THREADKEEP_DATA_DIR": str(folder / "data"), "THREADKEEP_PORT": "0", "NO_COLOR": "1"} | variables


def run(folder: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends."""
    command = [sys.executable, "-m", "threadkeep", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )


class Service:
    """A running `threadkeep serve`, with its standard output and its log."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.log = folder / "log"
        with self.log.open("w") as log, (folder / "stdout").open("w") as stdout:
            command = [sys.executable, "-m", "threadkeep", "serve"]
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment(folder, settings), stdout=stdout, stderr=log
            )
        self._stdout = folder / "stdout"

    def output(self) -> str:
        """Return the standard output so far."""
        return self._stdout.read_text()

    def greeting(self, name: str) -> str | None:
        """Return the value of a name in the greeting, or None if the greeting does not have the name."""
        for line in self.output().splitlines():
            if line.strip().startswith(f"{name}:"):
                return line.partition(":")[2].strip()
        return None

    def wait_until_ready(self) -> Service:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while "Try it:" not in self.output():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return self

    @property
    def url(self) -> str:
        return str(self.greeting("URL"))

    def get(self, path: str, key: str | None = None) -> httpx2.Response:
        headers = {} if key is None else {"x-api-key": key}
        return httpx2.get(self.url + path, headers=headers, timeout=20, verify=certificates())

    def post(self, path: str, body: Any, key: str) -> httpx2.Response:
        return httpx2.post(self.url + path, json=body, headers={"x-api-key": key}, timeout=20, verify=certificates())

    def delete(self, path: str, key: str) -> httpx2.Response:
        return httpx2.delete(self.url + path, headers={"x-api-key": key}, timeout=20, verify=certificates())

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE_SECONDS)


@contextmanager
def service(folder: Path, **settings: Any) -> Iterator[Service]:
    """Serve until the `with` block ends, also if it raises."""
    running = Service(folder, settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
