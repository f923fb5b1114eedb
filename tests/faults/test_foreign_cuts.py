"""Numbers and cuts that an import or another program stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadkeep.tests.factories import make_history
from threadkeep.tests.faults.consistency import sweep

if TYPE_CHECKING:
    from threadkeep.tests.faults.conftest import Pair


async def test_wide_gaps_in_the_numbers_make_no_cut_slow(keeps: Pair) -> None:
    """An import may bring any numbers, and another program may store cuts of any form."""
    one, other = keeps
    thread_id, messages = await make_history(one, 2)
    documents, far = one.runtime.documents, 2**45
    await documents.messages.update_one({"_id": messages[1].id}, {"$set": {"seq": far}})
    foreign: Any = {"first": "x"}
    fields = {"last_seq": far, "deleted_count": far - 2, "cuts": [foreign]}
    await documents.threads.update_one({"_id": thread_id}, {"$set": fields})

    await other.message_service.truncate_messages(thread_id, 1)
    await sweep(other)
    row: Any = await documents.threads.find_one({"_id": thread_id})

    assert row["cuts"] == [foreign]
    assert await other.message_service.list_messages(thread_id) == messages[:1]
    assert (await other.thread_service.get_thread(thread_id)).message_count == 1
