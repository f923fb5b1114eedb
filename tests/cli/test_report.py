from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")


def test_report_prints_the_headlines_and_the_url_of_the_charts(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(app, ["demo", "--messages", "100", "--days", "7", "--until", "2026-11-22"])
    result = run.invoke(app, ["report", str(tmp_path / "r.html"), "--since", "2026-11-15", "--until", "2026-11-22"])
    words = result.output.split()

    assert result.exit_code == 0
    assert "2026-11-15 to 2026-11-21" in result.output
    assert "100" in words[words.index("Messages") :]
    assert result.output.endswith(f"Charts: {(tmp_path / 'r.html').as_uri()}\n")
    assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [["--zone", "Mars/Olympus"], ["--zone", "../etc"], ["--since", "2026-11-02", "--until", "2026-11-02"]]
)
def test_report_refuses_invalid_zones_and_periods(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["report", *arguments])

    assert result.exit_code == 2
    assert arguments[0] in result.output


@pytest.mark.parametrize(
    ("name", "problem"), [("code.py", "not an HTML file"), (".", "is a folder"), ("no/r.html", "there is no folder")]
)
def test_report_refuses_paths_that_cannot_be_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("kept")

    error = CliRunner().invoke(app, ["report", name]).exception

    assert isinstance(error, InvalidInput)
    assert problem in str(error)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["kept"]
