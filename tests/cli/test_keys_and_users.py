from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.errors import InvalidInput, KeyNotFound, StartupError

if TYPE_CHECKING:
    from typer.testing import Result

COMMANDS = (
    "serve",
    "check",
    "import",
    "export",
    "demo",
    "migrate",
    "report",
    "keys create",
    "keys list",
    "keys revoke",
)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_key_is_printed_once_listed_without_its_secret_and_revoked() -> None:
    plain = run("keys", "create", "--scope", "admin", "--name", "mine").output.strip()
    listed = run("keys", "list").output
    revoked = run("keys", "revoke", plain[:11])

    assert plain.startswith("tk_")
    assert plain[:11] in listed
    assert plain not in listed
    assert revoked.exit_code == 0
    assert " no " in run("keys", "list").output


def test_a_whole_key_is_revoked_by_its_prefix_and_not_printed() -> None:
    plain = run("keys", "create").output.strip()
    revoked = run("keys", "revoke", plain)

    assert (revoked.exit_code, revoked.output) == (0, f"{plain[:11]}… is revoked.\n")


def test_an_invalid_scope_and_an_unknown_key_are_errors() -> None:
    assert isinstance(run("keys", "create", "--scope", "owner").exception, InvalidInput)
    assert isinstance(run("keys", "revoke", "tk_nothing00").exception, KeyNotFound)


def test_users_are_created_and_listed() -> None:
    user_id = run("users", "create", "--full-name", "Ada", "--email", "ada@example.org").output.strip()

    listed = run("users", "list", "--email", "ada@example.org").output
    assert user_id in listed
    assert "Ada" in listed


def test_ids_are_not_truncated_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    user_id = run(
        "users", "create", "--full-name", "Ada Augusta King-Noel", "--email", "ada@long.example.org"
    ).output.strip()

    assert user_id in run("users", "list").output


@pytest.mark.parametrize("command", [*COMMANDS, "users create", "users list"])
def test_help_has_a_usage_line_and_an_explanation(command: str) -> None:
    result = run(*command.split(), "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 8


@pytest.mark.parametrize(("name", "value"), [("PORT", "99999"), ("ADMIN_KEY", "short"), ("LOG_LEVEL", "loud")])
def test_an_invalid_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"THREADKEEP_{name}", value)

    error = run("check").exception

    assert isinstance(error, StartupError)
    assert f"THREADKEEP_{name}" in str(error)
    assert "\n" not in str(error)
