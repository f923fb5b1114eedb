"""Compares what a database holds with what clients were told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from threadkeep.services import Sweeper
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.faults.load import Book, Texts


async def sweep(keep: Threadkeep) -> None:
    """Finish what killed processes left, as if they had been dead for long."""
    await keep.runtime.documents.leases.get_pymongo_collection().delete_many({})
    sweeper = Sweeper(keep.runtime.documents, keep.runtime.appender.sequencer, every_seconds=60, given_up=timedelta(0))
    for _ in range(2):  # what is deleted by the first is looked at a last time by the second
        await until(sweeper.sweep)  # a service that lives may be at it


async def inspect(keep: Threadkeep, book: Book) -> list[str]:
    """Everything that is not as it was promised."""
    documents = keep.runtime.documents
    rows = await documents.messages.find({}, {"thread_id": 1, "seq": 1, "content": 1, "batch": 1}).to_list()
    faults = list(book.faults)
    faults += await _of_threads(documents, rows)
    faults += await _of_listings(keep, book)
    texts: dict[str, int] = {}
    for row in rows:
        if "batch" not in row:
            texts[row["content"]] = texts.get(row["content"], 0) + 1
    faults += [f"{text} is there {count} times" for text, count in texts.items() if count > 1]
    faults += _of_acknowledged(book, rows, texts.keys())
    faults += _of_readers(book, rows)
    expected = {text for sent in (*book.kept, *book.doubtful) for text in sent}
    expected |= {text for _, sent in book.created.values() for text in sent}
    faults += [f"{text} was never sent" for text in texts.keys() - expected]
    return faults


def _of_acknowledged(book: Book, rows: list[Any], there: Any) -> list[str]:
    seqs = {row["content"]: row["seq"] for row in rows if "batch" not in row}
    faults = []
    for sent, numbers in book.kept.items():
        for text, number in zip(sent, numbers, strict=True):
            if text in book.deleted:
                faults += [f"{text} was deleted and is there"] if text in there else []
            elif text not in there:
                faults += [] if text in book.doubtfully_deleted else [f"{text} was acknowledged and is lost"]
            elif seqs[text] != number:
                faults.append(f"{text} has another number than was answered")
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            faults.append(f"{sent[0]}: its numbers are not consecutive")
    for sent in book.doubtful:
        faults += _of_half(sent, [text for text in sent if text in there])
    return faults + _of_created(book, there)


def _of_created(book: Book, there: Any) -> list[str]:
    faults = []
    for thread_id, (_, sent) in book.created.items():
        found = [text for text in sent if text in there]
        faults += _of_half(sent, found)
        if thread_id in book.certainly_gone:
            faults += [f"{text} outlived its thread" for text in found]
        elif thread_id not in book.gone and len(found) < len(sent):
            faults.append(f"{thread_id} was acknowledged and lacks messages")
    return faults


def _of_half(sent: Texts, found: list[str]) -> list[str]:
    return [f"{sent[0]}: half a batch"] if 0 < len(found) < len(sent) else []


def _of_readers(book: Book, rows: list[Any]) -> list[str]:
    """Who followed a thread saw every message that is there, in order."""
    faults = []
    for thread_id, seen in book.seen.items():
        there = sorted((row["seq"], row["content"]) for row in rows if row["thread_id"] == thread_id)
        missed = {text for _, text in there} - {""} - set(seen)
        faults += [f"{text} was missed by a reader" for text in missed]
        in_order = [text for _, text in there if text in set(seen)]
        if in_order != [text for text in seen if text in set(in_order)]:
            faults.append(f"{thread_id} was seen in another order")
    return faults


async def _of_threads(documents: Documents, rows: list[Any]) -> list[str]:
    faults = []
    threads = {row["_id"]: row async for row in documents.threads.find({})}
    newest: dict[str, int] = {}
    count: dict[str, int] = {}
    for row in rows:
        thread_id = row["thread_id"]
        if thread_id not in threads:
            faults.append(f"a message of a thread that is gone: {row['content']}")
            continue
        newest[thread_id] = max(newest.get(thread_id, 0), row["seq"])
        count[thread_id] = count.get(thread_id, 0) + ("batch" not in row)
    for thread_id, thread in threads.items():
        if thread["deleted_at"] is not None:
            faults.append(f"{thread_id} is neither there nor gone")
        if thread["message_count"] != count.get(thread_id, 0):
            faults.append(f"{thread_id} counts {thread['message_count']} of {count.get(thread_id, 0)} messages")
        if thread["last_seq"] < newest.get(thread_id, 0):
            faults.append(f"{thread_id} does not know its newest message")
        by_index = await documents.messages.count_documents({"thread_id": thread_id, "seq": {"$gt": 0}})
        if by_index != sum(row["thread_id"] == thread_id for row in rows):
            faults.append(f"{thread_id}: the index and the collection differ")
    return faults


async def _of_listings(keep: Threadkeep, book: Book) -> list[str]:
    owners = {owner for owner, _ in book.created.values()}
    listed = {thread_id for owner in owners for thread_id in await keep.thread_service.list_threads(owner)}
    there = {row["_id"] async for row in keep.runtime.documents.threads.find({"owner_id": {"$in": list(owners)}})}
    faults = [f"{thread_id} is not in its owner's listing" for thread_id in there - listed]
    faults += [f"{thread_id} is gone and listed" for thread_id in listed & book.certainly_gone]
    faults += [f"{thread_id} was acknowledged and is lost" for thread_id in book.created.keys() - book.gone - listed]
    return faults
