"""The promises of every adapter about first writers that race, other processes, cancelled calls, and odd or large texts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

import threadkeep.tests.adapters.all_frameworks  # noqa: F401 - skips this module without them
from threadkeep.errors import ThreadkeepError, TooLarge
from threadkeep.tests.adapters.sessions import SESSIONS, Session, turn

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store
    from threadkeep.keep import Threadkeep

EACH = pytest.mark.parametrize("kind", SESSIONS, ids=lambda kind: kind.__name__)
MIB = 1024 * 1024


def history(count: int, text: str = "answer") -> list[str]:
    """Return the texts of so many turns."""
    return [said for number in range(count) for said in turn(number, text)]


@EACH
@pytest.mark.usefixtures("keep")
async def test_two_processes_go_on_with_one_session(kind: type[Session], stores: dict[str, Store]) -> None:
    for number, way in enumerate(("in process", "over http", "in process")):
        await kind(stores[way], "shared").say(number, "half \ud83d of it")

    for store in stores.values():
        assert await kind(store, "shared").said() == history(3, "half \ud83d of it")


@EACH
async def test_first_writers_that_race_share_one_session(
    kind: type[Session], stores: dict[str, Store], keep: Threadkeep
) -> None:
    ways = [stores["in process"], stores["over http"]] * 2
    await asyncio.gather(
        *(kind(store, "raced").say(number, "answer") for number, store in enumerate(ways)), return_exceptions=True
    )

    for number, store in enumerate(ways):  # a framework may refuse a stale writer, who tries again
        await kind(store, "raced").say(number, "answer")

    said = await kind(keep, "raced").said()
    assert sorted(said) == sorted(history(4))
    threads = await keep.thread_service.find_threads()
    assert sum(thread.external_id is not None and thread.meta_data.get("kind") != "log" for thread in threads) == 1


@EACH
async def test_a_cancelled_turn_is_told_once_it_has_an_outcome(kind: type[Session], keep: Threadkeep) -> None:
    session = kind(keep, "cancelled")
    await session.say(0, "answer")
    for number in range(1, 4):
        writing = asyncio.ensure_future(session.say(number, "answer"))
        for _ in range(number * 7):
            await asyncio.sleep(0)
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        told = await kind(keep, "cancelled").said()
        await asyncio.sleep(0.05)

        assert await kind(keep, "cancelled").said() == told
        assert told == history(number + 1)[: len(told)]
        await kind(keep, "cancelled").say(number, "answer")
        assert await session.said() == history(number + 1)


@EACH
async def test_an_entry_above_the_limit_is_refused_by_its_name_and_changes_nothing(
    kind: type[Session], store: Store
) -> None:
    await kind(store, "large").say(0, "answer")

    with pytest.raises(ThreadkeepError, match="8,388,608") as refused:
        await kind(store, "large").say(1, "x" * (9 * MIB))

    assert isinstance(refused.value, TooLarge)
    assert [one for one in await kind(store, "large").said() if not one.startswith("question 1")] == history(1)
    await kind(store, "large").say(1, "answer")
    assert await kind(store, "large").said() == history(2)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=() if kind.__name__ in ("OpenAIAgents", "LangGraph", "Claude") else pytest.mark.chaos)
        for kind in SESSIONS
    ],
    ids=lambda kind: kind.__name__,
)
async def test_histories_of_16_mib_come_back(kind: type[Session], store: Store) -> None:
    """The history is larger than one reply of MongoDB, one body and one page."""
    text, turns = "long words " * (MIB // 11), 17
    before = psutil.Process().memory_info().rss
    for number in range(turns):
        await kind(store, "long").say(number, text)

    said = await kind(store, "long").said()

    assert len(said) == 2 * turns
    assert said == history(turns, text)
    assert psutil.Process().memory_info().rss - before < 700 * MIB
