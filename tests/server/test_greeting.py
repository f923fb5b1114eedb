"""The lines that a start prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from threadkeep.server.greeting import print_greeting
from threadkeep.settings import Settings


def greeting(capsys: pytest.CaptureFixture[str], **settings: object) -> str:
    print_greeting(Settings(_env_file=None, **settings), 8000, None)  # type: ignore[arg-type]
    return capsys.readouterr().out


def test_the_greeting_says_where_the_data_is_and_how_to_query_the_database(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = greeting(capsys)

    assert f"Data:      database threadkeep in the data folder {tmp_path}/threadkeep-data\n" in shown
    assert "MongoDB:   threadkeep mongosh opens a shell\n" in shown
    assert "threadkeep url prints the address for other programs\n" in shown


def test_another_data_folder_is_named_in_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    shown = greeting(capsys, data_dir=Path("/srv/my data"))

    assert "threadkeep mongosh --data-dir '/srv/my data' opens a shell" in shown


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_greeting_shows_no_secret(capsys: pytest.CaptureFixture[str], host: str) -> None:
    shown = greeting(capsys, host=host, mongodb_url=SecretStr("mongodb://ada:secret@db1,db2/?w=1"))

    assert "database threadkeep on MongoDB at db1, db2\n" in shown
    assert "secret" not in shown
    assert "threadkeep mongosh opens a shell" in shown


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("10.0.0.7", "10.0.0.7")])  # noqa: S104 - nothing is bound to it
def test_the_address_in_the_greeting_can_be_opened(capsys: pytest.CaptureFixture[str], host: str, shown: str) -> None:
    assert f"URL:       http://{shown}:8000\n" in greeting(capsys, host=host)
