"""Rules that every command keeps. A new command is tested as soon as it exists."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.cli.every_command import COMMANDS, complete, run

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.cli.every_command import Result

CREATE_DATA = {"serve", "demo", "import"}
"""The commands that may make a data folder."""
PREPARE_DATABASE = CREATE_DATA | {"migrate", "keys create", "users create"}
"""The commands that prepare an empty database on MongoDB."""
LIST_NOTHING = {
    *CREATE_DATA,
    "export",
    "keys create",
    "keys revoke",
    "mcp",
    "mongosh",
    "rollup",
    "url",
    "users create",
}
WITHOUT_MONGODB = {"serve", "mcp", "mongosh", "url"}
"""`serve` waits for MongoDB, and the others do not connect to it."""
OF_A_SERVICE = {"mcp"}
"""The commands that use a running service, and no database."""
each_command = pytest.mark.parametrize("command", COMMANDS)


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: an empty folder, in which no service was ever started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_refused_in_one_line(result: Result, status: int = 1) -> str:
    """Return the line on stderr that says why."""
    *before, line = result.stderr.splitlines()

    assert result.exit_code == status, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert line.startswith("threadkeep: ")
    assert all(earlier.startswith("Using database ") for earlier in before)
    return line


@each_command
def test_help_has_an_explanation_and_flags_look_like_flags(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = run(*command.split(), "--help")

    assert result.exit_code == 0
    assert re.search(rf"Usage: threadkeep {command}\b", result.output)
    assert "<bool>" not in result.output
    assert all(param.help for param in COMMANDS[command].params)
    assert len(str(COMMANDS[command].help)) > 20


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - LIST_NOTHING))
def test_a_command_that_lists_prints_json_if_asked(command: str) -> None:
    assert any("--json" in param.opts for param in COMMANDS[command].params)


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"mongosh"}))  # it passes options on to mongosh
def test_an_unknown_option_is_an_error_of_the_command_line(command: str) -> None:
    line = assert_refused_in_one_line(run(*complete(command), "--no-such-option"), 2)

    assert "--no-such-option" in line
    assert f"Try 'threadkeep {command} --help'." in line


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - CREATE_DATA - OF_A_SERVICE))
def test_a_wrong_folder_is_named_and_stays_empty(command: str, empty_folder: Path) -> None:
    result = run(*complete(command))

    line = assert_refused_in_one_line(result)
    assert f"No Threadkeep data in {empty_folder}/threadkeep-data" in line
    assert "--data-dir" in line
    assert result.stderr.startswith(f"Using database threadkeep in the data folder {empty_folder}/threadkeep-data.\n")
    assert [*empty_folder.iterdir()] == []


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - CREATE_DATA - OF_A_SERVICE))
def test_a_folder_of_something_else_is_no_data_folder(command: str, empty_folder: Path) -> None:
    (empty_folder / "notes.txt").write_text("mine")

    assert_refused_in_one_line(run(*complete(command), "--data-dir", "."))
    assert [path.name for path in empty_folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - WITHOUT_MONGODB))
def test_an_unreachable_mongodb_is_named_at_once(
    command: str, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", "mongodb://ada:secret@127.0.0.1:9/?directConnection=true")
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "60")
    began = time.monotonic()
    result = run(*complete(command))

    line = assert_refused_in_one_line(result)
    assert line.startswith("threadkeep: MongoDB cannot be reached (127.0.0.1:9: Connection refused): ")
    assert "THREADKEEP_MONGODB_URL" in line
    assert result.stderr.startswith("Using database threadkeep on MongoDB at 127.0.0.1:9.\n")
    assert "secret" not in result.output
    assert time.monotonic() - began < 30  # the driver would try for a minute
    assert [*empty_folder.iterdir()] == []


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - WITHOUT_MONGODB - PREPARE_DATABASE))
def test_a_database_without_threadkeep_is_named_and_stays_empty(
    command: str, empty_folder: Path, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", "misspelt")

    line = assert_refused_in_one_line(run(*complete(command)))

    assert "Database misspelt holds no Threadkeep data" in line
    assert "THREADKEEP_DATABASE" in line
    assert "threadkeep migrate" in line
    assert [*empty_folder.iterdir()] == []
