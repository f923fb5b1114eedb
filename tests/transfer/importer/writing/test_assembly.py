from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.settings import Limits
from threadkeep.tests.transfer.conversations import native_conversation, native_message
from threadkeep.transfer import RefusedEntry
from threadkeep.transfer.importer.sources import open_source
from threadkeep.transfer.importer.writing.assembly import Part, assemble

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.transfer.conftest import Write

HEADER = {"object": "export", "format": 1, "schema_version": 1, "exported_at": "2026-01-01T00:00:00Z", "selection": {}}


def read(path: Path) -> tuple[list[str], list[str]]:
    """Return the ids of the complete threads, and the refusals of the others."""
    found = list(assemble(open_source(path), Limits()))
    complete = [part.thread["_id"] for part in found if isinstance(part, Part) and part.last]
    return complete, [str(problem) for problem in found if isinstance(problem, RefusedEntry)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"role": "wizard"}, "role: Input should be 'user'"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"created_at": None}, "created_at: Input should be a valid datetime"),
        ({"content": 5}, "content: must be a text or a list of parts"),
        ({"thread_id": "thread_other"}, "thread_id: is 'thread_other', but the thread is 'thread_one'"),
        ({"meta_data": {"big": 2**63}}, "meta_data: big: integers must fit in 64 bits"),
        ({"seq": 7}, "seq: must be given for all messages of a thread or for none"),
        ({"id": ""}, "id: "),
        ({"created_at": "9999-12-31T23:00:00-10:00"}, "created_at: must lie between the years 1 and 9999"),
    ],
)
def test_an_error_names_line_message_and_field(write: Write, changes: dict[str, Any], sentence: str) -> None:
    faulty = native_conversation("one")
    faulty["messages"][1] |= changes

    complete, problems = read(write(native_conversation("zero"), faulty, native_conversation("two")))

    assert complete == ["thread_zero", "thread_two"]
    assert len(problems) == 1
    assert problems[0].startswith(f"line 2, messages[1]: {sentence}")


def test_an_error_of_a_thread_is_reported_once(write: Write) -> None:
    complete, problems = read(write(native_conversation("one", participant_ids="me"), native_conversation("two")))

    assert complete == ["thread_two"]
    assert problems == ["line 1, thread: participant_ids: Input should be a valid list"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["{", "oops"], "line 2: not JSON"),
        ([native_conversation("one"), "{oops"], "line 2: not JSON"),
        ([native_conversation("one"), {"unknown": "field"}], 'line 2: is neither {"thread": {…}, "messages": […]} nor'),
        ([native_message(1)], "line 1: a message without its thread before it"),
        ([{"thread": {"id": "thread_x"}, "messages": 5}], "line 1, messages: must be a list"),
        ([[native_conversation("one"), 5]], "line 1, [1]: is neither"),
        ([], "the file: is empty"),
    ],
)
def test_an_error_of_a_file_names_its_line(write: Write, lines: list[Any], sentence: str) -> None:
    _, problems = read(write(*lines))

    assert len(problems) == 1
    assert problems[0].startswith(sentence)


def test_an_invalid_entry_between_conversations_leaves_them_complete(write: Write) -> None:
    complete, problems = read(write([native_conversation("one"), 5, native_conversation("two")]))

    assert complete == ["thread_one", "thread_two"]
    assert [problem.partition(":")[0] for problem in problems] == ["line 1, [1]"]


def test_given_numbers_are_kept_with_their_gaps(write: Write) -> None:
    lines = [{"id": "thread_one", "object": "thread", "last_seq": 9}, *(native_message(n, seq=n) for n in (2, 3, 7))]
    [part] = [part for part in assemble(open_source(write(*lines)), Limits()) if isinstance(part, Part)]

    assert [row["seq"] for row in part.rows] == [2, 3, 7]
    assert [part.thread[name] for name in ("last_seq", "message_count", "deleted_count")] == [9, 3, 6]


def test_numbers_that_do_not_rise_are_refused(write: Write) -> None:
    _, problems = read(
        write({"id": "thread_one", "object": "thread"}, native_message(1, seq=2), native_message(2, seq=2))
    )

    assert problems == ["line 3: seq: is 2 after 2: numbers must rise from message to message"]


def test_an_export_of_a_later_version_is_refused(write: Write) -> None:
    with pytest.raises(InvalidInput, match="format"):
        read(write(HEADER | {"format": 2}))


def test_an_export_is_complete_only_with_its_last_line(write: Write) -> None:
    thread = {"id": "thread_one", "object": "thread"}
    end = {"object": "export.end", "users": 0, "threads": 1, "messages": 1}

    assert read(write(HEADER, thread, native_message(1), end)) == (["thread_one"], [])
    assert read(write(HEADER, thread, native_message(1)))[0] == []
