"""How often a request waits for the network: each answer of the server takes a while, and the waits are counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import Forbidden, ThreadNotFound
from threadkeep.services import Caller
from threadkeep.tests.factories import make_history, make_messages
from threadkeep.tests.waiting import until
from threadkeep.tests.wire.rules import Answering, Chosen, Held

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.proxy import RulesProxy
from threadkeep.tests.wire.rules import Command, PassOn

PLAN: Any = {"ok": 1.0, "queryPlanner": {"winningPlan": {"stage": "FETCH", "inputStage": {"stage": "IXSCAN"}}}}
"""The plan of MongoDB for a list: it comes out of the index in order."""


class Waits:
    """Counts the commands that begin when no other one of them is under way."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._open = 0
        self.count = 0

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer of the server."""
        if command.name not in self._names or command.collection in ("leases", "idempotency_keys"):
            return await pass_on()
        self.count += not self._open
        self._open += 1
        try:
            await asyncio.sleep(0.05)  # longer than it takes to send two commands
            return await pass_on()
        finally:
            self._open -= 1


@pytest.fixture
def waits(proxy: RulesProxy) -> Waits:
    """MongoDB 8 behind a network."""
    waits = Waits("find", "insert", "update", "bulkWrite")
    proxy.rules += [Answering(Chosen(("explain",)), PLAN), waits]
    return waits


@pytest.fixture
async def keep(behind: Behind, waits: Waits) -> AsyncIterator[Threadkeep]:
    assert waits.count == 0  # its rule comes before the Threadkeep opens
    async with behind() as keep:
        yield keep


@pytest.mark.slow
async def test_an_append_waits_once(keep: Threadkeep, waits: Waits) -> None:
    thread_id, _ = await make_history(keep, 3)
    before = waits.count
    await keep.message_service.create_message(thread_id, "x", "assistant")

    assert waits.count - before == 1


@pytest.mark.slow
async def test_a_page_waits_once(keep: Threadkeep, waits: Waits) -> None:
    thread_id, messages = await make_history(keep, 9)
    first = await keep.message_service.list_messages(thread_id, 3)
    queries: list[dict[str, Any]] = [{}, {"order": "desc"}, {"after": first.next_cursor}, {"before": first.next_cursor}]
    counts = []
    for query in queries:
        before = waits.count
        assert await keep.message_service.list_messages(thread_id, 3, **query)
        counts.append(waits.count - before)

    assert counts == [1] * len(queries)
    assert await keep.message_service.list_messages(thread_id, 3, after=messages[2].id) == messages[3:6]


@pytest.mark.slow
async def test_the_right_to_read_decides_although_messages_are_read_at_the_same_time(keep: Threadkeep) -> None:
    thread_id, _ = await make_history(keep, 3)
    stranger = keep.acting_as(Caller("user", user_id="user_stranger")).message_service
    for after in (None, "message_unknown"):
        with pytest.raises((Forbidden, ThreadNotFound)):
            await stranger.list_messages(thread_id, 2, after=after)


@pytest.mark.slow
async def test_no_message_is_skipped_that_is_written_between_the_two_reads_of_a_page(
    behind: Behind, proxy: RulesProxy
) -> None:
    async with behind() as keep, behind() as writer:
        thread_id, messages = await make_history(keep, 4)
        cursor = (await keep.message_service.list_messages(thread_id, 2)).next_cursor
        held = Held(Chosen(("find",), "threads", times=1))
        proxy.rules.append(held)
        read = len(proxy.sent("find", collection="messages"))
        reading = asyncio.create_task(keep.message_service.list_messages(thread_id, 3, after=cursor))

        async def both_are_sent() -> bool:
            return held.waiting > 0 and len(proxy.sent("find", collection="messages")) > read

        await until(both_are_sent)
        await asyncio.sleep(0.05)  # the answer arrives
        await make_messages(writer, thread_id, [f"later {number}" for number in range(9)])
        held.go_on.set()

        page = await reading

    assert [message.seq for message in page] == [3, 4, 5]
    assert page[:2] == messages[2:]
