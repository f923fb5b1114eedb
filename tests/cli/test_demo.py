from __future__ import annotations

import pytest

from threadkeep.tests.cli.every_command import run


@pytest.mark.slow
def test_demo_prints_a_summary_and_the_command_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")
    arguments = ["demo", "--messages", "120", "--seed", "7", "--until", "2026-11-22"]
    result = run(*arguments)
    first, last = result.stdout.splitlines()

    assert result.exit_code == 0
    assert first.startswith("Wrote 120 messages in ")
    assert last == "The same again: threadkeep demo --messages 120 --seed 7 --days 90 --until 2026-11-22"
    assert run(*last.split()[4:]).stdout.startswith("Nothing new")
