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


def test_what_a_command_logs_is_not_its_output(
    mongo_url: str, database_name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`key=$(threadkeep keys create)` must hold a key and nothing else."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own: a command has none

    async def work(_: Threadkeep) -> None:
        log = log_events("threadkeep")
        log.info("transactions_not_watched")
        log.warning("sweep_postponed", reason="NetworkTimeout")

    with_keep(Settings(_env_file=None, mongodb_url=SecretStr(mongo_url), database=database_name), work)
    seen = capsys.readouterr()

    assert seen.out == ""
    assert seen.err == "sweep_postponed reason=NetworkTimeout\n"
