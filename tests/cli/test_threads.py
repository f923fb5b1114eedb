from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.cli import app
from threadkeep.tests.cli.every_command import SAMPLE, run

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE_THREAD = "thread_3nQmWd8RkZyV5tBxLs7HcA"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")


def imported(folder: Path, *threads: dict[str, Any]) -> None:
    file = folder / "threads.jsonl"
    file.write_text("\n".join(json.dumps(thread) for thread in threads))
    done = run("import", file, "--owner", "user_owner")
    assert done.exit_code == 0, done.stderr


def test_threads_are_listed_by_their_last_activity(tmp_path: Path) -> None:
    threads: list[dict[str, Any]] = [
        {
            "thread": {"id": f"thread_{number}", "participant_ids": [f"user_{number % 2}"]},
            "messages": [{"content": "Hello", "created_at": 1767607200 + number}] * number,
        }
        for number in range(1, 4)
    ]
    imported(tmp_path, *threads)
    listed = run("threads", "list", "--limit", "2")
    records = [json.loads(line) for line in run("threads", "list", "--json").stdout.splitlines()]

    assert [line.split("\t")[:3] for line in listed.stdout.splitlines()] == [
        ["thread_3", "3", "2026-01-05 10:00:03"],
        ["thread_2", "2", "2026-01-05 10:00:02"],
    ]
    assert "--limit 20" in listed.stderr
    assert [(record["id"], record["message_count"]) for record in records] == [
        ("thread_3", 3),
        ("thread_2", 2),
        ("thread_1", 1),
    ]
    assert [line.split("\t")[0] for line in run("threads", "list", "--user", "user_0").stdout.splitlines()] == [
        "thread_2"
    ]


def test_a_thread_is_shown_with_its_newest_messages() -> None:
    run("import", SAMPLE)
    piped = run("threads", "show", SAMPLE_THREAD, "--limit", "3")
    whole = json.loads(run("threads", "show", SAMPLE_THREAD, "--json", "--limit", "100").stdout)

    assert [line.split("\t")[0] for line in piped.stdout.splitlines()] == ["18", "19", "20"]
    assert "--limit 30" in piped.stderr
    assert whole["thread"]["message_count"] == 20
    assert [message["seq"] for message in whole["messages"]] == list(range(1, 21))


def test_a_terminal_shows_all_lines_of_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(
        tmp_path,
        {
            "thread": {"id": "thread_1"},
            "messages": [
                {"created_at": 1, "content": "one\ntwo \x1b[31mred", "sender_id": "user_owner"},
                {
                    "created_at": 2,
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "part"},
                        {"type": "image_url", "image_url": {"url": "https://e.org/a.png"}},
                    ],
                },
                {
                    "created_at": 3,
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}],
                },
            ],
        },
    )
    capsys.readouterr()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit):
        app(["threads", "show", "thread_1"])
    shown = capsys.readouterr().out

    assert "\x1b" not in shown
    assert "1  " in shown
    for line in ("  one", "  two ␛[31mred", "  part", "  [image_url]", "  [calls look_up]"):
        assert line in shown.splitlines()


def test_deleting_a_thread_needs_a_yes() -> None:
    run("import", SAMPLE)
    unasked = run("threads", "delete", SAMPLE_THREAD)
    deleted = run("threads", "delete", SAMPLE_THREAD, "--yes")
    gone = run("threads", "show", SAMPLE_THREAD)

    assert (unasked.exit_code, deleted.exit_code, gone.exit_code) == (2, 0, 1)
    assert "--yes" in unasked.stderr
    assert deleted.stdout == f"{SAMPLE_THREAD} is deleted.\n"
    assert gone.stderr.endswith("does not exist. `threadkeep threads list` shows the latest threads.\n")


@pytest.mark.parametrize(("answer", "status"), [("n", 1), ("y", 0), ("", 1)])
def test_a_terminal_is_asked_before_a_thread_is_deleted(
    answer: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", SAMPLE)
    monkeypatch.setattr("threadkeep.cli.terminal.is_asked_on_a_terminal", lambda: True)
    result = run("threads", "delete", SAMPLE_THREAD, stdin=f"{answer}\n" if answer else "")

    assert result.exit_code == status
    assert f"Delete {SAMPLE_THREAD} with 20 messages?" in result.stderr
    assert (run("threads", "show", SAMPLE_THREAD).exit_code == 0) == (status == 1)


@pytest.mark.parametrize(
    "command", ["threads list --user nobody", "threads list --owner nobody", "export - --user nobody"]
)
def test_a_mistyped_user_is_an_error(command: str) -> None:
    result = run(*command.split())

    assert result.exit_code == 1
    assert "User 'nobody' does not exist." in result.stderr
