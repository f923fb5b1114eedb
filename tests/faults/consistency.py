"""Compares the stored documents with the answers that clients received."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from threadkeep.services import Sweeper
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.faults.load import Results, Texts


async def sweep(keep: Threadkeep) -> None:
    """Complete the work of killed processes, without the time that a sweep waits before that."""
    await keep.runtime.documents.leases.get_pymongo_collection().delete_many({})
    sweeper = Sweeper(keep.runtime.documents, keep.runtime.appender.sequencer, every_seconds=60, given_up=timedelta(0))
    for _ in range(2):  # the second sweep checks the deletions of the first once more
        await until(sweeper.sweep)  # a running service may hold the lease


async def violations_of(keep: Threadkeep, results: Results) -> list[str]:
    """Return one sentence for each broken guarantee."""
    documents = keep.runtime.documents
    rows = await documents.messages.find({}, {"thread_id": 1, "seq": 1, "content": 1, "batch": 1}).to_list()
    violations = list(results.violations)
    violations += await _in_threads(documents, rows)
    violations += await _in_lists(keep, results)
    texts: dict[str, int] = {}
    for row in rows:
        if "batch" not in row:
            texts[row["content"]] = texts.get(row["content"], 0) + 1
    violations += [f"{text} is stored {count} times" for text, count in texts.items() if count > 1]
    violations += _in_acknowledged(results, rows, texts.keys())
    violations += _in_reads(results, rows)
    expected = {text for sent in (*results.acknowledged_batches, *results.unacknowledged) for text in sent}
    expected |= {text for _, sent in results.created.values() for text in sent}
    violations += [f"{text} was never sent" for text in texts.keys() - expected]
    return violations


def _in_acknowledged(results: Results, rows: list[Any], stored: Any) -> list[str]:
    seqs = {row["content"]: row["seq"] for row in rows if "batch" not in row}
    violations = []
    for sent, numbers in results.acknowledged_batches.items():
        for text, number in zip(sent, numbers, strict=True):
            if text in results.deleted:
                violations += [f"{text} was deleted and is stored"] if text in stored else []
            elif text not in stored:
                violations += [] if text in results.maybe_deleted else [f"{text} was acknowledged and is lost"]
            elif seqs[text] != number:
                violations.append(f"{text} has another number than was answered")
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            violations.append(f"{sent[0]}: its numbers are not consecutive")
    for sent in results.unacknowledged:
        violations += _in_batch(sent, [text for text in sent if text in stored])
    return violations + _in_created(results, stored)


def _in_created(results: Results, stored: Any) -> list[str]:
    violations = []
    for thread_id, (_, sent) in results.created.items():
        found = [text for text in sent if text in stored]
        violations += _in_batch(sent, found)
        if thread_id in results.deleted_threads:
            violations += [f"{text} is stored without its thread" for text in found]
        elif thread_id not in results.maybe_deleted_threads and len(found) < len(sent):
            violations.append(f"{thread_id} was acknowledged and lacks messages")
    return violations


def _in_batch(sent: Texts, found: list[str]) -> list[str]:
    return [f"{sent[0]}: a part of a batch is stored"] if 0 < len(found) < len(sent) else []


def _in_reads(results: Results, rows: list[Any]) -> list[str]:
    """Check that a reader that followed a thread saw every stored message, in order."""
    violations = []
    for thread_id, seen in results.seen.items():
        stored = sorted((row["seq"], row["content"]) for row in rows if row["thread_id"] == thread_id)
        missed = {text for _, text in stored} - {""} - set(seen)
        violations += [f"{text} was missed by a reader" for text in missed]
        in_order = [text for _, text in stored if text in set(seen)]
        if in_order != [text for text in seen if text in set(in_order)]:
            violations.append(f"{thread_id} was read in another order")
    return violations


async def _in_threads(documents: Documents, rows: list[Any]) -> list[str]:
    violations = []
    threads = {row["_id"]: row async for row in documents.threads.find({})}
    newest: dict[str, int] = {}
    count: dict[str, int] = {}
    for row in rows:
        thread_id = row["thread_id"]
        if thread_id not in threads:
            violations.append(f"a message without a thread: {row['content']}")
            continue
        newest[thread_id] = max(newest.get(thread_id, 0), row["seq"])
        count[thread_id] = count.get(thread_id, 0) + ("batch" not in row)
    for thread_id, thread in threads.items():
        if thread["deleted_at"] is not None:
            violations.append(f"{thread_id} is marked as deleted and was not purged")
        if thread["message_count"] != count.get(thread_id, 0):
            violations.append(f"{thread_id} counts {thread['message_count']} of {count.get(thread_id, 0)} messages")
        if thread["last_seq"] < newest.get(thread_id, 0):
            violations.append(f"{thread_id} has a last_seq below its newest message")
        by_index = await documents.messages.count_documents({"thread_id": thread_id, "seq": {"$gt": 0}})
        if by_index != sum(row["thread_id"] == thread_id for row in rows):
            violations.append(f"{thread_id}: the index and the collection differ")
    return violations


async def _in_lists(keep: Threadkeep, results: Results) -> list[str]:
    owners = {owner for owner, _ in results.created.values()}
    listed = {thread_id for owner in owners for thread_id in await keep.thread_service.list_threads(owner)}
    stored = {row["_id"] async for row in keep.runtime.documents.threads.find({"owner_id": {"$in": list(owners)}})}
    violations = [f"{thread_id} is not in the list of its owner" for thread_id in stored - listed]
    violations += [f"{thread_id} was deleted and is listed" for thread_id in listed & results.deleted_threads]
    violations += [
        f"{thread_id} was acknowledged and is lost"
        for thread_id in results.created.keys() - results.maybe_deleted_threads - listed
    ]
    return violations
