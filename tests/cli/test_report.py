from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.cli.every_command import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")


@pytest.mark.slow
def test_report_prints_the_headlines_and_the_url_of_the_charts(tmp_path: Path) -> None:
    run("demo", "--messages", "100", "--days", "7", "--until", "2026-11-22")
    period = ("--since", "2026-11-15", "--until", "2026-11-22")
    result = run("report", tmp_path / "r.html", *period)
    piped = run("report", "-", *period)
    words = result.output.split()

    assert result.exit_code == 0
    assert "2026-11-15 to 2026-11-21" in result.output
    assert "100" in words[words.index("Messages") :]
    assert result.output.endswith(f"Charts: {(tmp_path / 'r.html').as_uri()}\n")
    assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert piped.stdout.startswith("<!doctype html>")
    assert "<svg" in piped.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_an_empty_report_says_where_messages_are(tmp_path: Path) -> None:
    run("demo", "--messages", "100", "--days", "7", "--until", "2026-11-22")
    shown = run("report", tmp_path / "r.html", "--since", "2025-01-01", "--until", "2025-02-01").stderr

    assert "The newest thread was active on 2026-11-21: --since 2026-10-23 --until 2026-11-22" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["--zone", "Mars/Olympus"],
        ["--zone", "../etc"],
        ["--zone", "America"],
        ["--zone", "x" * 5000],
        ["--until", "0001-01-02"],
        ["--since", "2026-11-02", "--until", "2026-11-02"],
    ],
)
def test_report_refuses_invalid_zones_and_periods(arguments: list[str]) -> None:
    result = run("report", *arguments)

    assert result.exit_code == 2
    assert arguments[0] in result.output


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("code.py", "code.py is not; choose a name that ends in .html"),
        (".", "is a folder"),
        ("no/r.html", "there is no folder"),
    ],
)
def test_report_refuses_paths_that_cannot_be_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("kept")

    refused = run("report", name)

    assert refused.exit_code == 2
    assert problem in refused.stderr
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["kept"]
