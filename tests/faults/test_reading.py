"""Reads of a thread that another process deletes during the read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import ThreadNotFound
from threadkeep.tests.factories import make_history

if TYPE_CHECKING:
    from threadkeep.tests.faults.conftest import Pair


@pytest.mark.parametrize("after", [None, 2], ids=["from its beginning", "from a message"])
async def test_reading_a_thread_during_its_deletion_raises_thread_not_found(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, after: int | None
) -> None:
    one, other = keeps
    thread_id, messages = await make_history(one, 5)
    documents = one.runtime.documents
    collection, name = (documents.fast_messages, "find") if after is None else (documents.messages, "find_one")
    original = getattr(collection, name)

    async def delete_before_read(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(collection, name, original)
        await other.thread_service.delete_thread(thread_id)
        return await original(*args, **options)

    monkeypatch.setattr(collection, name, delete_before_read)
    with pytest.raises(ThreadNotFound):
        await one.message_service.list_messages(thread_id, after=None if after is None else messages[after].id)


async def test_a_page_takes_one_query_for_its_thread(keeps: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = keeps
    thread_id, messages = await make_history(one, 5)
    threads = one.runtime.documents.fast_threads
    find_one, queries = threads.find_one, 0

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal queries
        queries += 1
        return await find_one(*args, **options)

    monkeypatch.setattr(threads, "find_one", counted)
    for options in ({}, {"limit": 2}, {"after": messages[4].id}, {"before": messages[2].id}, {"order": "desc"}):
        queries = 0
        await one.message_service.list_messages(thread_id, **{"limit": 100} | options)

        assert queries == 1, options
