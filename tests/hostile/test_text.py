"""Stored text is data: a name controls no terminal, no page, no spreadsheet and no log line, and ends no command."""

from __future__ import annotations

import ast
import html
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.cli.exports import ExportFormat
from threadkeep.clock import last_midnight
from threadkeep.escaping import csv_text, html_text, markdown_text, visible
from threadkeep.log_events import log_events
from threadkeep.report.chart import Chart, chart_spec
from threadkeep.report.drawing import svg
from threadkeep.tests.hostile.names import NAMES, NOT_STORABLE, unsafe_characters

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.database import Database
    from typer.testing import Result

    from threadkeep.tests.conftest import ConfigureLog

CLI = Path(__file__).parents[2] / "cli"


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    return emptied_database_name


@pytest.fixture
def _hostile_database(
    monkeypatch: pytest.MonkeyPatch, mongo_url: str, mongo: MongoClient[dict[str, Any]], database_name: str
) -> None:
    """A database with these names in every field of names, and the settings of commands that read it."""
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")
    monkeypatch.setenv("COLUMNS", "160")
    store_names(mongo[database_name])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def store_names(database: Database[dict[str, Any]]) -> None:
    """Store users, keys, threads and messages with each name."""
    moment = last_midnight() - timedelta(days=2)
    users, keys, threads, messages = [], [], [], []
    for index, name in enumerate(NAMES):
        user_id, thread_id = f"user_{index}", f"thread_{index}"
        users.append(
            {"_id": user_id, "email": f"{index}{name}", "full_name": name}
            | dict.fromkeys(("given_name", "family_name", "picture_url", "email_verified"))
            | {"oauth_provider": None, "provider_user_id": None, "deleted_at": None, "schema_version": 2}
            | {"created_at": moment, "updated_at": moment}
        )
        keys.append(
            {"_id": f"tk_{index:08}{name[:20]}", "hash": f"{index}", "scope": "user", "user_id": user_id, "name": name}
            | {"created_at": moment, "expires_at": None, "last_used_at": None, "revoked_at": None}
        )
        threads.append(thread_row(thread_id, user_id, name, moment))
        messages += message_rows(thread_id, user_id, name, moment)
    for collection, rows in (("users", users), ("api_keys", keys), ("threads", threads), ("messages", messages)):
        database[collection].insert_many(rows)


def thread_row(thread_id: str, user_id: str, name: str, moment: Any) -> dict[str, Any]:
    return {
        "_id": thread_id,
        "owner_id": user_id,
        "participant_ids": [user_id],
        "meta_data": {"channel": name},
        "meta_data_index": [],
        "tool_resources": {},
        "last_seq": 3,
        "deleted_count": 0,
        "message_count": 3,
        "revision": 1,
        "created_at": moment,
        "updated_at": moment,
        "last_message_at": moment,
        "last_active_at": moment,
        "deleted_at": None,
        "schema_version": 2,
    }


def message_rows(thread_id: str, user_id: str, name: str, moment: Any) -> list[dict[str, Any]]:
    """Return a question, an answer with a tool call, and an answer of another assistant, with the name in each."""
    call = {"id": "call", "type": "function", "function": {"name": name, "arguments": "{}"}}
    shared: dict[str, Any] = dict.fromkeys(
        ("tool_id", "tool_call_id", "incomplete_details", "completed_at", "incomplete_at")
    )
    shared |= {"thread_id": thread_id, "type": "message", "content": name, "attachments": [], "run_id": name}
    shared |= {"status": name, "meta_data": {name.replace("\0", ""): name}, "revision": 1, "schema_version": 1}
    roles: tuple[dict[str, Any], ...] = (
        {"role": "user", "sender_id": user_id, "assistant_id": None},
        {"role": "assistant", "sender_id": None, "assistant_id": name, "tool_calls": [call]},
        {"role": "assistant", "sender_id": None, "assistant_id": f"{name}2"},
    )
    return [
        {"_id": f"{thread_id}_{seq}", "seq": seq, **role, **shared}
        | {"created_at": moment + timedelta(seconds=seq), "updated_at": moment + timedelta(seconds=seq)}
        for seq, role in enumerate(roles, 1)
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_database")
def test_names_neither_control_the_terminal_nor_end_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "bad.json"
    lines: list[Any] = [
        {"thread": {"id": name, name: 1, "meta_data": {"a": name}}, "messages": [{"role": name}]} for name in NAMES
    ]
    for index, name in enumerate(NAMES):
        message = {"id": f"m{index}", "role": "user", "content": "", "created_at": 1, "sender_id": name}
        lines.append({"thread": {"id": f"t{index}", "participant_ids": [f"x{index}"]}, "messages": [message]})
    bad.write_text("\n".join(json.dumps(line) for line in [*lines, NOT_STORABLE]))

    with monkeypatch.context() as patch:
        patch.setenv("FORCE_COLOR", "1")  # rich prints links and colours as on a terminal
        listed = [run("users", "list", "--limit", "100"), run("keys", "list")]
    listed += [run("check"), run("migrate"), run("rollup")]
    exported = [run("export", str(tmp_path / f"out{name}"), "--format", name) for name in ExportFormat]
    imported = run("import", str(bad))
    refused = [run("keys", "revoke", name.replace("\0", "0")) for name in NAMES if name.strip()]

    for result in [*listed, *exported]:
        assert result.exit_code == 0, result.output
    assert imported.exit_code == 1
    for result in [*listed, *exported, imported, *refused]:
        assert unsafe_characters(result.output) <= {"\t"}  # between the fields of a list
        assert "click" not in result.output or "evil.example" in result.output  # the link is text
    assert "[/]" in listed[0].output
    assert "[link=https://evil.example]" in listed[1].output
    assert ":smile:" in listed[1].output


@pytest.mark.chaos
@pytest.mark.usefixtures("_hostile_database")
def test_the_report_shows_every_name_as_text(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    since = last_midnight() - timedelta(days=5)

    # In a separate process: in the past, the drawing library ended the process (SIGABRT).
    command = [sys.executable, "-m", "threadkeep", "report", str(file), "--by", "channel", "--title", NAMES[1]]
    done = subprocess.run(
        [*command, "--since", f"{since:%Y-%m-%d}"], capture_output=True, check=False, timeout=50, env={**os.environ}
    )
    page = file.read_text(encoding="utf-8")

    assert done.returncode == 0, done.stderr.decode()
    assert unsafe_characters(page) == set()
    assert unsafe_characters(done.stdout.decode()) <= {"\t"}  # between the columns of a table
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page
    assert html_text(NAMES[0]) in page
    assert len(page) < 2_000_000


@pytest.mark.slow
def test_a_chart_can_be_drawn_with_any_text() -> None:
    odd = (
        "\0",
        "\x0b",
        "\x1b[0m",
        "\ufffe",
        "\ud800",
        "<b>",
        "&amp;",
        "]]>",
        "x" * 100_000,
        "\U0001f9f5",
        "\u0301" * 999,
    )
    data = [{"name": name, "amount": 1, "label": name} for name in odd]
    encoding = {"y": {"field": "name", "type": "nominal", "sort": [*odd]}, "description": {"field": "label"}}
    spec = chart_spec(data, height=300, mark="bar", encoding=encoding)

    drawing = svg(Chart("x", "\x1b<title>", "", spec), spec)

    assert drawing.startswith("<svg")
    assert unsafe_characters(drawing) == set()
    assert len(drawing) < 50_000


@pytest.mark.parametrize("name", [*NAMES, NOT_STORABLE], ids=ascii)
def test_each_medium_shows_a_name_as_text(name: str) -> None:
    shown, cell = visible(name), csv_text(name)
    rendered = MarkdownIt("commonmark").renderInline(markdown_text(name))

    assert unsafe_characters(shown) == set()
    assert "\n" not in shown
    assert html.unescape(html_text(name)) == shown
    assert re.search("[<>\"']", html_text(name)) is None
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\uff1d"))
    assert html.unescape(rendered).strip(" ") == shown.strip(" ")
    assert re.search("<[a-z]", rendered) is None


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_log_line_with_any_name_is_one_line_of_text(configure_log: ConfigureLog, log_format: str) -> None:
    read = configure_log(log_format=log_format)
    for name in [*NAMES, NOT_STORABLE]:
        log_events("threadkeep.test").warning("named", name=name)
    lines = read().splitlines()

    assert len(lines) == len(NAMES) + 1
    assert unsafe_characters("".join(lines)) == set()


def test_commands_print_only_through_the_terminal_module() -> None:
    printing = []
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
            if name in {"echo", "secho", "print", "Console", "Text"} and path.name not in {
                "terminal.py",
                "progress.py",
            }:
                printing.append((path.name, name))

    assert printing == [("__init__.py", "echo")]  # the version
