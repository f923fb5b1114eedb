"""A batch, ways to interrupt it, and the messages of a thread afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import AutoReconnect

from threadkeep.services import Caller, RequestIds, Tuning
from threadkeep.services.appends import batches
from threadkeep.tests.services.interference import halfway_through_next_insert

if TYPE_CHECKING:
    import pytest

    from threadkeep.inputs import MessageInput
    from threadkeep.keep import Threadkeep
    from threadkeep.services import Services

NO_RUNNING_WRITERS = Tuning(write_may_run_seconds=0)
RUNNING_WRITERS = Tuning(write_may_run_seconds=600)
"""Each writer may still be running, however slow the machine is."""
BATCH: list[MessageInput] = [{"content": text} for text in ("a", "b", "c", "d")]


async def numbers_and_texts(keep: Threadkeep, thread_id: str) -> list[tuple[int, Any]]:
    return [(message.seq, message.content) for message in await keep.message_service.list_messages(thread_id)]


def interrupt_after(monkeypatch: pytest.MonkeyPatch, keep: Threadkeep, count: int) -> None:
    """Make the next insert of several messages store `count` of them and then lose the connection."""
    halfway_through_next_insert(monkeypatch, keep.runtime.documents.messages, lose_connection, count=count)


def lose_connection_before_unmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose the connection when all messages of a batch are stored and still carry the mark of the batch."""
    monkeypatch.setattr(batches, "unmark", lose_connection)


async def lose_connection(*_: Any) -> None:
    raise AutoReconnect


def keyed_services(keep: Threadkeep, *, is_retry: bool = False, is_answered: bool = False) -> Services:
    """Return the services of a request with an idempotency key."""
    request_ids = RequestIds("seed", milliseconds=1, is_retry=is_retry, is_answered=is_answered)
    return keep.acting_as(Caller("admin", request_ids=request_ids))
