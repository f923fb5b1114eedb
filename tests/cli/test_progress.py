from __future__ import annotations

from typing import TYPE_CHECKING

from threadkeep.cli.progress import progress_bar

if TYPE_CHECKING:
    import pytest


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress_bar("Conversing") as on_progress:
        on_progress(50, 200)
    seen = capsys.readouterr()

    assert "Conversing" in seen.err
    assert "25%" in seen.err
    assert seen.out == ""


def test_progress_is_not_written_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Conversing") as on_progress:
        on_progress(50, 200)

    assert capsys.readouterr() == ("", "")
