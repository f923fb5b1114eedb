"""Each message is on exactly one path, with any links between messages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadkeep.transfer.importer.conversations.conversation import Conversation, SourceMessage
from threadkeep.transfer.importer.conversations.tree import Tree, place_along

NAMES = st.sampled_from(["", *"abcdef"])
LINKS = st.dictionaries(NAMES, NAMES | st.none() | st.just("unknown"), max_size=7)


@settings(max_examples=60, deadline=None, database=None)
@given(LINKS, NAMES | st.none())
def test_each_message_is_on_exactly_one_path(parents: dict[str, str | None], leaf: str | None) -> None:
    tree = Tree.of(parents)
    paths = tree.paths(leaf)
    placed = [one for path in paths for one in path.ids]

    assert sorted(placed) == sorted(parents)
    for path in paths:
        for before, after in pairwise(path.ids):
            assert tree.parents[after] == before
        assert tree.parents[path.ids[0]] == path.after
        assert path.parent is None or path.after in path.parent.ids
    if leaf in parents:
        assert paths[0].ids[-1] == leaf


@pytest.mark.slow
def test_a_long_conversation_is_no_deep_recursion() -> None:
    names = [str(number) for number in range(50_000)]
    tree = Tree.of(dict(zip(names, [None, *names], strict=False)))

    assert tree.paths()[0].ids == names


@pytest.mark.parametrize("damaged", ["c", "a missing one"])
def test_a_path_that_begins_at_a_damaged_parent_is_noted(damaged: str) -> None:
    found = Conversation("key", "line 1")
    messages = {name: [SourceMessage(name, "user")] for name in "abcd"}

    place_along(found, {"a": None, "b": "a", "c": damaged, "d": "c"}, "d", messages)

    assert [message.id for message in found.messages] == ["c", "d"]
    assert f"message 'c' names the parent {damaged!r}, which is missing or leads in a circle" in found.notes[0]


@pytest.mark.parametrize("parents", [{"a": None, "b": "a"}, {"a": "zero", "b": "zero"}, {"a": "zero", "b": "a"}])
def test_a_sound_path_has_no_note(parents: dict[str, str | None]) -> None:
    found = Conversation("key", "line 1")

    place_along(found, parents, "b", {name: [SourceMessage(name, "user")] for name in "ab"})

    assert found.notes == []


@settings(max_examples=60, deadline=None, database=None)
@given(st.dictionaries(NAMES | st.just(""), NAMES | st.none() | st.just(""), max_size=7), NAMES | st.just(""))
def test_an_empty_id_loses_no_message_and_repeats_none(parents: dict[str, str | None], leaf: str) -> None:
    found = Conversation("key", "line 1")

    place_along(found, parents, leaf, {name: [SourceMessage(name, "user")] for name in parents})
    placed = [
        message.id for messages in (found.messages, *(one.messages for one in found.branches)) for message in messages
    ]

    assert sorted(placed) == sorted(parents)


def test_a_message_with_an_empty_id_stays_on_its_path() -> None:
    found = Conversation("key", "line 1")

    place_along(
        found, {"a": None, "": "a", "b": ""}, "b", {name: [SourceMessage(name, "user")] for name in ("a", "", "b")}
    )

    assert [message.id for message in found.messages] == ["a", "", "b"]
