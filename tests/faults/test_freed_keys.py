"""The keys of cut messages are free at once, at any moment of the background work of the cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.faults.conftest import Pair

_ENTRIES: list[MessageInput] = [{"client_id": f"k{number}", "content": str(number)} for number in range(3)]


@pytest.mark.slow
async def test_messages_are_sent_again_at_any_moment_after_their_cut(keeps: Pair) -> None:
    """Each round meets the work in the background at another moment."""
    one, other = (keep.message_service for keep in keeps)
    thread = await make_thread(keeps[0])
    await one.create_message(thread.id, content="kept")
    for number in range(24):
        writer = (one, other)[number % 2]
        await one.create_messages(thread.id, _ENTRIES)
        await one.truncate_messages(thread.id, (await one.list_messages(thread.id, 1))[0].seq)
        if number % 4 < 2:
            await writer.create_messages(thread.id, _ENTRIES)
        else:
            await writer.replace_messages(thread.id, 1, _ENTRIES)
        said = [message.content for message in await other.list_messages(thread.id)]
        await writer.truncate_messages(thread.id, 1)

        assert said == ["kept", "0", "1", "2"]
