from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pydantic import SecretStr

from threadkeep.cli.connection import with_keep
from threadkeep.log_events import log_events
from threadkeep.settings import Settings

if TYPE_CHECKING:
    import pytest

    from threadkeep import Threadkeep


def test_the_log_of_a_command_is_not_in_its_output(
    mongo_url: str, database_name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`key=$(threadkeep keys create)` must contain only a key."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # handlers of pytest: a command has none

    async def work(_: Threadkeep) -> None:
        log = log_events("threadkeep")
        log.info("transactions_not_watched")
        log.warning("sweep_postponed", reason="NetworkTimeout")

    with_keep(
        Settings(_env_file=None, mongodb_url=SecretStr(mongo_url), database=database_name), work, creates="database"
    )
    seen = capsys.readouterr()

    assert seen.out == ""
    assert seen.err.splitlines()[1:] == ["sweep_postponed reason=NetworkTimeout"]  # the first line names the database
