"""MongoDB may cut the text of a duplicate-key error inside a character. A retry finds its message all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.factories import make_thread
from threadkeep.tests.wire.rules import CutTexts

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.proxy import RulesProxy

pytestmark = pytest.mark.usefixtures("_each_version")
KEY = "x" + "é" * 80


@pytest.fixture(autouse=True)
def _cut_texts(proxy: RulesProxy) -> None:
    proxy.rules.append(CutTexts())


async def test_a_message_with_a_long_key_is_stored_once(behind: Behind) -> None:
    async with behind() as one, behind() as other:
        thread = await make_thread(one)
        first = await one.message_service.create_message(thread.id, "a", "assistant", client_id=KEY)
        again = await other.message_service.create_message(thread.id, "a", "assistant", client_id=KEY)

    assert again == first


async def test_several_messages_with_long_keys_are_stored_once(behind: Behind) -> None:
    """Messages that are written together are one command, whose error names the first that is stored already."""
    async with behind() as one, behind() as other:
        thread = await make_thread(one)
        await other.message_service.create_message(thread.id, "2", "assistant", client_id=f"{KEY}2")

        async def append(keep: Threadkeep, number: int) -> str:
            return (
                await keep.message_service.create_message(
                    thread.id, f"{number}", "assistant", client_id=f"{KEY}{number}"
                )
            ).id

        ids = [await asyncio.gather(*(append(keep, number) for number in range(5))) for keep in (one, other)]
        stored = await one.message_service.list_messages(thread.id)

    assert ids[0] == ids[1]
    assert sorted(message["content"] for message in stored) == ["0", "1", "2", "3", "4"]
    assert [message.seq for message in stored] == [1, 2, 3, 4, 5]


async def test_a_batch_with_a_long_key_is_stored_once(behind: Behind) -> None:
    batch: list[MessageInput] = [{"content": "a", "client_id": f"{KEY}1"}, {"content": "b", "client_id": f"{KEY}2"}]
    async with behind() as one, behind() as other:
        thread = await make_thread(one)
        first = await one.message_service.create_messages(thread.id, batch)

        assert await other.message_service.create_messages(thread.id, batch) == first
