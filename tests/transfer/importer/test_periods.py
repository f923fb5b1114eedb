"""Files that hold a period of a thread combine in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.transfer.conversations import native_conversation, openai_message
from threadkeep.tests.transfer.importer.growing_chat import texts
from threadkeep.transfer import export, import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))], ids=lambda order: "".join(map(str, order)))
async def test_exports_of_adjoining_periods_combine_in_any_order(
    keep: Threadkeep, documents: Documents, write: Write, tmp_path: Path, order: tuple[int, ...]
) -> None:
    await import_file(keep, write(native_conversation("one", length=9), native_conversation("two", length=2)))
    await keep.message_service.delete_message("message_one_5")
    bounds = [None, *(datetime.fromtimestamp(1_700_000_000 + seconds, UTC) for seconds in (4, 8)), None]
    for number in range(3):
        since, until = bounds[number : number + 2]
        await export(keep, tmp_path / f"{number}.jsonl", since=since, until=until)
    for name in ("threads", "messages", "deleted_messages"):
        await documents.database[name].delete_many({})

    reports = [await import_file(keep, tmp_path / f"{number}.jsonl") for number in order]
    thread = await keep.thread_service.get_thread("thread_one")
    found = await keep.message_service.list_messages("thread_one", limit=100)

    assert [report.problems for report in reports] == [[], [], []]
    assert sum(report.messages for report in reports) == 10
    assert [(row.id, row.seq) for row in found] == [(f"message_one_{n}", n) for n in (1, 2, 3, 4, 6, 7, 8, 9)]
    assert (thread.message_count, thread.last_seq) == (8, 9)
    assert (await keep.message_service.create_message("thread_one", "more")).seq == 10
    assert (await keep.thread_service.get_thread("thread_one")).message_count == 9


def period(*numbers: int) -> list[dict[str, Any]]:
    """The messages with these numbers, as a dump of the Assistants API."""
    return [openai_message(number, role="user" if number % 2 else "assistant") for number in numbers]


@pytest.mark.parametrize(
    "periods",
    [
        [(1, 2, 3), (4, 5)],
        [(4, 5), (1, 2, 3)],
        [(3, 4, 5), (1, 2, 3)],
        [(5,), (3, 4), (1, 2)],
        [(4, 5), (1, 2, 3, 4, 5)],
    ],
    ids=["in order", "later first", "overlapping", "three", "whole after part"],
)
async def test_periods_of_another_programs_dump_combine_in_either_order(
    keep: Threadkeep, write: Write, periods: list[tuple[int, ...]]
) -> None:
    reports = [await import_file(keep, write(period(*numbers))) for numbers in periods]
    thread = await keep.thread_service.get_thread("thread_abc")
    found = await keep.message_service.list_messages("thread_abc")

    assert [report.problems for report in reports] == [[] for _ in periods]
    assert sum(report.messages for report in reports) == 5
    assert [(row.content, row.seq) for row in found] == [(f"number {n}", n) for n in range(1, 6)]
    assert (thread.message_count, thread.last_seq) == (5, 5)
    assert (await keep.message_service.create_message("thread_abc", "more")).seq == 6


async def test_an_earlier_period_is_refused_for_a_thread_that_was_continued_here(
    keep: Threadkeep, write: Write
) -> None:
    await import_file(keep, write(period(4, 5)))
    await keep.message_service.create_message("thread_abc", "Written here")

    report = await import_file(keep, write(period(1, 2, 3)))

    assert (report.messages, report.problem_count) == (0, 1)
    assert await texts(keep, "thread_abc") == ["number 4", "number 5", "Written here"]
