"""Ids that Threadkeep cannot have are derived, and unknown fields are kept in the metadata. Neither is refused for its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.tests.transfer.importer.read_threads import read_threads
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write

ODD_IDS = ["chat@example.org", "a b", "a/b", "ü", "x" * 129, "x" * 1000]


@pytest.mark.parametrize("name", ODD_IDS, ids=["address", "space", "slash", "letter", "129", "1000"])
async def test_odd_ids_are_derived_and_can_be_read(
    keep: Threadkeep, documents: Documents, write: Write, name: str
) -> None:
    conversation = native_conversation("one", id=name)
    conversation["messages"][0] |= {"id": name, "thread_id": name}
    path = write(conversation)

    first = await import_file(keep, path)
    again = await import_file(keep, path)
    row: Any = await documents.threads.find_one({})
    [message, *_] = await keep.message_service.list_messages(row["_id"])

    assert (first.threads, first.problems) == (1, [])
    assert (again.threads_present, again.messages, again.problems) == (1, 0, [])
    assert row["meta_data"]["source_id"] == name
    assert (await keep.message_service.get_message(message.id)).content == "number 1"


@pytest.mark.parametrize("name", ["", "a\0b", "a\nb", "x" * 1025, 5, None], ids=repr)
def test_ids_that_are_no_names_are_refused_in_plain_words(write: Write, name: Any) -> None:
    found = read_threads(write(native_conversation("one", id=name)))

    assert found.threads == []
    assert "pattern" not in found.problems[0]


def test_title_name_and_model_are_kept_in_the_metadata(write: Write) -> None:
    conversation = native_conversation("one", title="Tides", model="gpt-4o", meta_data={"model": "kept"})
    conversation["thread"]["name"] = "n"
    conversation["messages"][0] |= {"name": "Ada", "model": "gpt-4o"}
    thread = read_threads(write(conversation)).thread

    assert thread.row["meta_data"] == {"title": "Tides", "name": "n", "model": "kept"}
    assert thread.messages[0]["meta_data"] == {"name": "Ada", "model": "gpt-4o"}


def test_participants_must_be_ids(write: Write) -> None:
    [problem] = read_threads(write(native_conversation("one", participant_ids=["a b"]))).problems

    assert problem.endswith("must be 1 to 128 letters of ASCII, digits, and any of _ . : ~ -")


def test_a_list_whose_times_fall_keeps_its_order_and_is_reported(write: Write) -> None:
    conversation = native_conversation("one")
    conversation["messages"].reverse()
    found = read_threads(write(conversation))

    assert [row["content"] for row in found.thread.messages] == ["number 3", "number 2", "number 1"]
    assert "the times fall" in found.report.notes[0]
