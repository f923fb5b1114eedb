"""The clients, the window and the adapters need the base package only; other parts name the extra that they need."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
SERVER = [re.split(r"[><;\[]", package)[0].replace("-", "_") for package in PROJECT["optional-dependencies"]["server"]]
WITHOUT_SERVER = f"import sys; sys.modules.update(dict.fromkeys({SERVER}))\n"

MAIN = "from threadkeep.__main__ import main; main()"


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run the code in a process that has none of the packages of the extra `server`."""
    command = [sys.executable, "-P", "-c", WITHOUT_SERVER + code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_clients_the_window_and_adapters_need_no_server() -> None:
    parts = ("client", "context", "errors", "inputs", "records", "settings", "adapters.rows", "adapters.threads")

    done = run(
        f"import {', '.join(f'threadkeep.{part}' for part in parts)};"
        "from threadkeep import AsyncClient, Client, InvalidInput, MessageInput, ThreadRecord, Settings"
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("part", ["threadkeep.services", "threadkeep.documents", "threadkeep.keep"])
def test_a_part_of_the_server_names_the_extra(part: str) -> None:
    done = run(f"import {part}")

    assert done.stderr.splitlines()[-1] == (
        "threadkeep.errors.missing_extra.MissingExtra: "
        "This part of Threadkeep needs beanie: pip install 'threadkeep[server]'."
    )


def test_the_service_in_process_names_the_extra_in_an_import_error() -> None:
    done = run("try:\n from threadkeep import Threadkeep\nexcept ImportError as error: print(error.name, error)")

    assert done.stdout == "beanie This part of Threadkeep needs beanie: pip install 'threadkeep[server]'.\n"


def test_a_local_client_names_the_extra() -> None:
    done = run("import threadkeep; threadkeep.Client.local(':memory:')")

    assert done.stderr.splitlines()[-1].endswith("needs fastapi: pip install 'threadkeep[embedded]'.")


def test_the_command_line_names_the_extra_in_one_line() -> None:
    done = run(MAIN)

    assert (done.returncode, done.stderr) == (
        1,
        "threadkeep: The command line needs typer: pip install 'threadkeep[server]'.\n",
    )


def test_the_service_is_not_started_without_its_packages() -> None:
    done = run("del sys.modules['typer'], sys.modules['rich']\nsys.argv = ['threadkeep', 'serve']\n" + MAIN)

    assert (done.returncode, done.stderr) == (
        1,
        "threadkeep: The service needs beanie: pip install 'threadkeep[server]'.\n",
    )


@pytest.mark.parametrize("extra", ["analytics", "embedded", "testing"])
def test_extras_that_run_the_service_contain_the_server(extra: str) -> None:
    assert "threadkeep[server]" in PROJECT["optional-dependencies"][extra]
