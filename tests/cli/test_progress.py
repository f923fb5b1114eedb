from __future__ import annotations

from typing import TYPE_CHECKING

from threadkeep.cli.progress import progress_bar

if TYPE_CHECKING:
    import pytest


def test_a_terminal_is_shown_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress_bar("Conversing") as on_progress:
        on_progress(50, 200)
    seen = capsys.readouterr()

    assert "Conversing" in seen.err
    assert "25%" in seen.err
    assert seen.out == ""


def test_a_file_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Conversing") as on_progress:
        on_progress(50, 200)

    assert capsys.readouterr() == ("", "")
