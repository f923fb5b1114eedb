"""`threadkeep serve` as users run it: real processes on the embedded server."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx2
import pytest

from threadkeep.server import __main__ as server_process
from threadkeep.tests.service_process import Service, run, service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Service]:
    """A service at its first start, for all tests that do not change it."""
    with service(folder, log_format="json") as running:
        yield running.wait_until_ready()


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    for pid in pids:
        with suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                state = subprocess.run(
                    ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
                )
                if state.stdout.strip()[:1] in {"", "Z"}:  # nothing collects the exit status of a zombie here
                    break
                time.sleep(0.02)
            assert time.monotonic() < deadline, f"process {pid} still runs"


@pytest.mark.slow
def test_the_first_start_prints_its_url_and_an_admin_key(running: Service) -> None:
    key = running.greeting("Admin key")

    assert running.url.startswith("http://127.0.0.1:")
    assert running.greeting("API docs") == f"{running.url}/docs"
    assert key is not None
    assert key.startswith("tk_")
    assert running.get("/v1/users", key).is_success
    assert running.get("/docs").is_success
    assert "server" not in running.get("/healthz").headers


@pytest.mark.slow
def test_the_curl_command_of_the_greeting_works(running: Service) -> None:
    line = running.output().strip().splitlines()[-1]

    answer = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)

    assert '"object":"list"' in answer.stdout


@pytest.mark.slow
def test_commands_work_on_the_data_folder_of_a_running_service(folder: Path, running: Service) -> None:
    key = run(folder, "keys", "create", "--scope", "service", "--name", "bot").stdout.strip()
    user = run(folder, "users", "create", "--full-name", "Ada").stdout.strip()
    listed = run(folder, "keys", "list").stdout
    checked = run(folder, "check")

    assert running.get(f"/v1/users/{user}", key).json()["full_name"] == "Ada"
    assert "bot" in listed
    assert key not in listed
    assert checked.returncode == 0
    assert checked.stdout.startswith("settings     ok\nconnection   ok")


@pytest.mark.slow
def test_the_service_replaces_the_process_of_the_command_line(running: Service) -> None:
    shown = ["ps", "-o", "args=", "-p", str(running.process.pid)]
    command = subprocess.run(shown, capture_output=True, text=True, check=True).stdout

    assert command.split()[1:] == ["-P", "-m", "threadkeep.server"]


@pytest.mark.slow
def test_options_win_over_the_environment_and_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("THREADKEEP_HOST=localhost\n")

    refused = run(tmp_path, "serve", "--host", "0.0.0.0", host="127.0.0.1", auth="false")  # noqa: S104 - refused

    assert refused.returncode == 1
    assert "THREADKEEP_AUTH=false needs a loopback host, not '0.0.0.0'" in refused.stderr


def test_ctrl_c_during_the_start_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(server_process, "run", interrupted)
    with pytest.raises(SystemExit) as ended:
        server_process.main()

    assert ended.value.code == 128 + signal.SIGINT


@pytest.mark.chaos
def test_a_data_folder_in_use_is_reported_in_one_line(folder: Path, running: Service) -> None:
    refused = run(folder, "serve")

    assert refused.returncode == 1
    assert f"Data folder {folder / 'data'} is in use by another Threadkeep (process {running.process.pid})" in (
        refused.stderr
    )
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.chaos
def test_uvicorn_says_in_one_sentence_that_the_folder_is_in_use(folder: Path, running: Service) -> None:
    command = [sys.executable, "-m", "uvicorn", "--factory", "threadkeep.app:create_app", "--port", "0"]
    environment = os.environ | {"THREADKEEP_DATA_DIR": str(folder / "data"), "THREADKEEP_MONGODB_URL": ""}

    ended = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if "in use" in line]
    assert f"threadkeep: Data folder {folder / 'data'} is in use by another Threadkeep" in line
    assert str(running.process.pid) in line


@pytest.mark.slow
def test_a_port_in_use_is_reported_in_one_line_before_the_data_folder_is_created(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(tmp_path, "serve", port=port)

    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prot": 8000}, "THREADKEEP_PROT is not a setting; did you mean THREADKEEP_PORT?"),
        ({"auth": "false", "host": "0.0.0.0"}, "THREADKEEP_AUTH=false needs a loopback host"),  # noqa: S104
    ],
)
def test_an_invalid_setting_is_named_in_one_line(tmp_path: Path, settings: dict[str, object], message: str) -> None:
    refused = run(tmp_path, "serve", **settings)

    assert refused.returncode == 1
    assert message in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_service_ends_quickly_without_child_processes_and_prints_its_key_once(tmp_path: Path) -> None:
    with service(tmp_path) as first:
        child_pids = children(first.wait_until_ready().process.pid)
        began = time.monotonic()

        assert child_pids
        assert first.end(signal.SIGINT) == 0
        assert time.monotonic() - began < 10
    wait_until_gone(child_pids)
    with service(tmp_path) as second:
        assert second.wait_until_ready().greeting("Admin key") is None
        child_pids = children(second.process.pid)
        second.process.kill()
        second.process.wait()
    wait_until_gone(child_pids)


@pytest.mark.slow
def test_the_service_stays_alive_and_answers_503_while_mongodb_does_not_answer(tmp_path: Path) -> None:
    port, closed_port = free_port(), free_port()
    url = f"mongodb://127.0.0.1:{closed_port}/?directConnection=true"
    with service(tmp_path, mongodb_url=url, database_timeout_seconds=1, port=port) as running:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            while True:
                with suppress(httpx2.TransportError):
                    alive = client.get("/healthz")
                    break
                time.sleep(0.02)
            ready, refused = client.get("/readyz"), client.get("/v1/users")
        status = running.end()

    assert [alive.status_code, ready.status_code, refused.status_code, status] == [200, 503, 503, 0]
    assert refused.headers["retry-after"] == "1"
    assert running.output() == ""
    assert str(closed_port) in running.log.read_text()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
