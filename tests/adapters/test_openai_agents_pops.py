"""Pops of many callers at once: each gets another item, and the cost grows with their number, not with its square."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("agents")

from pymongo import AsyncMongoClient

from threadkeep.adapters.openai_agents import ThreadkeepSession
from threadkeep.keep import Threadkeep
from threadkeep.tests.commands import Commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threadkeep.adapters.stores import Store

CALLERS = 24


async def popped_at_once(stores: Sequence[Store]) -> list[str]:
    """Store as many items as there are callers. Return the texts that the callers popped at once."""
    items: Any = [{"role": "user", "content": str(number)} for number in range(len(stores))]
    await ThreadkeepSession("s", stores[0]).add_items(items)
    found: Any = await asyncio.gather(*(ThreadkeepSession("s", store).pop_item() for store in stores))
    return [item["content"] for item in found]


async def test_callers_of_one_process_wait_for_each_other(mongo_url: str, database_name: str) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        found = await popped_at_once([keep] * CALLERS)

    assert sorted(found) == sorted(map(str, range(CALLERS)))
    assert len(commands.sent) <= 16 * CALLERS + 60


async def test_callers_of_several_processes_get_different_items(mongo_url: str, database_name: str) -> None:
    async with (
        Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None) as one,
        Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None) as other,
    ):
        found = await popped_at_once([one, other] * 6)

    assert sorted(found) == sorted(map(str, range(12)))
