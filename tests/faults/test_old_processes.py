"""Processes of schema version 2 beside new ones, during an upgrade. They know neither cuts nor commits nor previews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadkeep.clock import now
from threadkeep.ids import new_id
from threadkeep.tests.factories import make_history, make_messages
from threadkeep.tests.faults.killing import require_clean
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep

NEXT_REVISION = {"$add": ["$revision", 1]}


class OldProcess:
    """Sends the commands of a process of version 2. Its documents have neither the new fields nor the new version."""

    def __init__(self, documents: Documents, thread_id: str) -> None:
        self.messages = documents.messages
        self.threads = documents.threads
        self.tombstones = documents.deleted_messages
        self.thread_id = thread_id

    async def read(self) -> list[str]:
        """The texts of the messages: rows without a mark, and those of batches whose last row has the same mark."""
        rows: list[Any] = await self.messages.find({"thread_id": self.thread_id}).sort("seq", 1).to_list()
        ends = {(row["seq"], row["batch"]["id"]) for row in rows if "batch" in row}
        shown = [row for row in rows if "batch" not in row or (row["batch"]["end"], row["batch"]["id"]) in ends]
        return [row["content"] for row in shown]

    async def append(self, text: str) -> str:
        thread: Any = await self.threads.find_one({"_id": self.thread_id, "deleted_at": None}, {"last_seq": 1})
        moment, seq = now(), thread["last_seq"] + 1
        nothing = ("assistant_id", "run_id", "tool_id", "tool_call_id", "status", "incomplete_details")
        row: Any = {
            "_id": new_id("message"),
            "thread_id": self.thread_id,
            "seq": seq,
            "type": "message",
            "role": "user",
            "content": text,
            "attachments": [],
            "sender_id": None,
            "meta_data": {},
            **dict.fromkeys((*nothing, "completed_at", "incomplete_at")),
            "created_at": moment,
            "updated_at": moment,
            "revision": 1,
            "schema_version": 2,
        }
        await self.messages.insert_many([row])
        summary = {
            "last_seq": {"$max": ["$last_seq", seq]},
            "last_message_at": {"$max": ["$last_message_at", moment]},
            "last_active_at": {"$max": ["$last_active_at", moment]},
            "message_count": {"$subtract": [{"$max": ["$last_seq", seq]}, "$deleted_count"]},
        }
        await self.threads.update_one({"_id": self.thread_id, "deleted_at": None}, [{"$set": summary}])
        return str(row["_id"])

    async def edit(self, message_id: str, text: str) -> bool:
        existing = {"_id": message_id, "thread_id": self.thread_id, "batch.id": {"$nin": ["deleted", "void"]}}
        changes = {"$set": {"content": text, "updated_at": now()}, "$inc": {"revision": 1}}
        return (await self.messages.update_one(existing, changes)).matched_count == 1

    async def delete(self, message_id: str) -> None:
        row: Any = await self.messages.find_one({"_id": message_id})
        thread: Any = await self.threads.find_one({"_id": self.thread_id}, {"deleted_count": 1})
        number = thread["deleted_count"] + 1
        tombstone: Any = {
            "_id": message_id,
            "thread_id": self.thread_id,
            "seq": row["seq"],
            "number": number,
            "deleted_at": now(),
            "unfinished": True,
            "created_at": row["created_at"],
        }
        await self.tombstones.insert_one(tombstone)
        placeholder = {"type": "message", "content": "", "batch": {"id": "deleted", "end": 0}}
        existing = {"_id": message_id, "thread_id": self.thread_id, "batch.id": {"$nin": ["deleted", "void"]}}
        await self.messages.update_one(existing, {"$set": placeholder, "$currentDate": {"updated_at": True}})
        deleted = {"$max": ["$deleted_count", number]}
        counts = {"deleted_count": deleted, "message_count": {"$subtract": ["$last_seq", deleted]}}
        await self.threads.update_one({"_id": self.thread_id}, [{"$set": counts}])
        await self.tombstones.update_one({"_id": message_id}, {"$unset": {"unfinished": 1}})

    async def change_thread(self, meta_data: dict[str, Any]) -> None:
        fields = {"meta_data": meta_data, "meta_data_index": [], "updated_at": now(), "revision": NEXT_REVISION}
        await self.threads.update_one({"_id": self.thread_id, "deleted_at": None}, [{"$set": fields}])


async def marked(keep: Threadkeep, thread_id: str, count: int) -> None:
    """Wait until the rows of cuts have their marks, which old processes know, and those of turns have lost theirs."""

    async def are_marked() -> bool:
        rows = await keep.runtime.documents.messages.find(
            {"thread_id": thread_id, "batch": {"$exists": True}}
        ).to_list()
        return [row["batch"]["id"] for row in rows] == ["cut"] * count

    await until(are_marked)


async def shown(keep: Threadkeep, thread_id: str) -> tuple[int, list[Any]]:
    thread = await keep.thread_service.get_thread(thread_id)
    return thread.message_count, [message.content for message in await keep.message_service.list_messages(thread_id)]


async def test_an_old_process_works_on_threads_with_cuts_turns_and_fields_of_a_sidebar(keep: Threadkeep) -> None:
    thread_id, messages = await make_history(keep, 6)
    service, old = keep.message_service, OldProcess(keep.runtime.documents, thread_id)
    await keep.thread_service.update_thread(thread_id, title="T", archived=True, pinned=True, labels=["a"])
    for _ in range(2):
        await service.pop_message(thread_id)
    await service.commit_turn(thread_id, [{"content": "turn"}], after_seq=3, meta_data={"step": 1})
    await marked(keep, thread_id, 3)

    read = await old.read()
    await old.append("old")
    after_append = await shown(keep, thread_id)
    await old.edit(messages[1].id, "changed")
    await old.delete(messages[2].id)
    await old.change_thread({"old": True})
    after_all = await shown(keep, thread_id)
    thread = await keep.thread_service.get_thread(thread_id)
    [listed] = await keep.thread_service.find_threads(archived=True, pinned=True, labels=["a"])

    assert read == ["1", "2", "3", "turn"]
    assert after_append == (5, ["1", "2", "3", "turn", "old"])
    assert after_all == (4, ["1", "changed", "turn", "old"])
    assert (thread.title, thread.archived, thread.labels, thread.meta_data) == ("T", True, ["a"], {"old": True})
    assert listed == thread
    assert (thread.last_message or {}).get("text") == "turn"  # only a message of a new process changes it
    await make_messages(keep, thread_id, ["new"])
    assert await old.read() == ["1", "changed", "turn", "old", "new"]
    thread = await keep.thread_service.get_thread(thread_id)
    assert (thread.last_message or {}).get("text") == "new"
    await require_clean(keep, thread_id, 5)


async def test_new_processes_cut_behind_the_messages_of_an_old_one(keep: Threadkeep) -> None:
    thread_id, _ = await make_history(keep, 5)
    service, old = keep.message_service, OldProcess(keep.runtime.documents, thread_id)
    await service.truncate_messages(thread_id, 3)
    await marked(keep, thread_id, 2)
    for text in ("a", "b", "c"):
        await old.append(text)

    popped = await service.pop_message(thread_id)
    after_pop = await shown(keep, thread_id)
    await marked(keep, thread_id, 3)
    await old.append("d")
    await service.truncate_messages(thread_id, 2)
    after_cut = await shown(keep, thread_id)
    await old.append("e")
    await service.clear_messages(thread_id)
    after_clear = await shown(keep, thread_id)
    await require_clean(keep, thread_id, 0)
    await old.append("f")

    assert popped is not None
    assert popped.content == "c"
    assert after_pop == (5, ["1", "2", "3", "a", "b"])
    assert after_cut == (2, ["1", "2"])
    assert after_clear == (0, [])
    assert await shown(keep, thread_id) == (1, ["f"])
    assert await old.read() == ["f"]


async def test_a_message_that_an_old_process_deletes_while_it_is_cut_counts_once(keep: Threadkeep) -> None:
    thread_id, messages = await make_history(keep, 5)
    service, old = keep.message_service, OldProcess(keep.runtime.documents, thread_id)

    await service.pop_message(thread_id)
    await old.delete(messages[4].id)  # the old process still sees it
    await old.edit(messages[3].id, "changed")
    await service.pop_message(thread_id)
    await require_clean(keep, thread_id, 3)

    assert await shown(keep, thread_id) == (3, ["1", "2", "3"])
    assert await old.read() == ["1", "2", "3"]
