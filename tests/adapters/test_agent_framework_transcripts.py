"""Programs send whole transcripts to the provider of the Agent Framework. It stores each message once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("agent_framework")
pytest.importorskip("agents")

from agent_framework import Content, InMemoryHistoryProvider, Message

from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider
from threadkeep.adapters.openai_agents import ThreadkeepSession

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

OTHERS: list[Any] = [
    {"role": "user", "content": "Weather?"},
    {"role": "assistant", "content": "Let me look."},
    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "22"},
    {"role": "assistant", "content": "Warm."},
]


def texts(messages: list[Message]) -> list[str]:
    """Return the texts of messages. A message of calls or outputs has an empty one."""
    return [message.text for message in messages]


async def test_a_transcript_that_others_began_is_stored_once(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    await ThreadkeepSession("s", store).add_items(OTHERS)
    counts = []
    for number in range(3):
        history = await provider.get_messages("s")
        counts.append(len(history))
        await provider.save_messages("s", [*history, Message("user", [f"n{number}"])])
        await provider.save_messages("s", await provider.get_messages("s"))

    assert counts == [4, 5, 6]
    await ThreadkeepSession("s", store).add_items(OTHERS[-1:])
    history = await provider.get_messages("s")
    await provider.save_messages("s", [*history[3:], Message("user", ["end"])])  # a part, with messages of both
    assert texts(await provider.get_messages("s"))[-3:] == ["n2", "Warm.", "end"]


async def test_what_others_append_meanwhile_changes_nothing(store: Store) -> None:
    provider, others = ThreadkeepHistoryProvider(store), ThreadkeepSession("s", store)
    await others.add_items(OTHERS[:2])
    await provider.save_messages("s", [*await provider.get_messages("s"), Message("user", ["a"])])
    await provider.save_messages("s", [*await provider.get_messages("s"), Message("assistant", ["b"])])
    history = await provider.get_messages("s")
    await others.add_items(OTHERS[:1])
    await provider.save_messages("s", [*history, Message("user", ["c"])])

    assert texts(await provider.get_messages("s")) == ["Weather?", "Let me look.", "a", "b", "Weather?", "c"]


async def test_a_call_behind_words_that_were_read_before_is_no_change(store: Store) -> None:
    provider, others = ThreadkeepHistoryProvider(store), ThreadkeepSession("s", store)
    await others.add_items(OTHERS[:2])
    history = await provider.get_messages("s")
    await others.add_items(OTHERS[2:4])
    await provider.save_messages("s", [*history, Message("user", ["a"])])

    assert texts(await provider.get_messages("s")) == ["Weather?", "Let me look.", "", "a"]


async def test_a_changed_message_of_others_is_stored_beside_it_once(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    await ThreadkeepSession("s", store).add_items(OTHERS[:2])
    first, second = await provider.get_messages("s")
    changed = Message("user", ["Weather in Rome?"], message_id=first.message_id)
    for number in range(3):  # a program that keeps its own transcript
        await provider.save_messages("s", [changed, second, *(Message("user", [f"n{n}"]) for n in range(number + 1))])
    for _ in range(2):  # and one that reads the history
        await provider.save_messages("s", await provider.get_messages("s"))

    expected = ["Weather?", "Let me look.", "Weather in Rome?", "n0", "n1", "n2"]
    assert texts(await provider.get_messages("s")) == expected


async def test_annotations_are_no_change(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    await ThreadkeepSession("s", store).add_items(OTHERS[:1])
    await provider.save_messages("s", [Message("user", ["a"]), Message("assistant", ["b"])])
    history = await provider.get_messages("s")
    for message in history:
        message.additional_properties["_excluded"] = True
    await provider.save_messages("s", history)

    assert texts(await provider.get_messages("s")) == ["Weather?", "a", "b"]


async def test_a_single_input_may_be_repeated(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store, store_outputs=False)
    for _ in range(3):
        await provider.save_messages("s", [Message("user", ["Yes"])])

    assert texts(await provider.get_messages("s")) == 3 * ["Yes"]


async def test_one_id_for_several_messages_loses_none_of_them(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    said = [Message("assistant", [text], message_id="same") for text in ("a", "b", "a")]
    for _ in range(2):
        await provider.save_messages("s", said)

    assert texts(await provider.get_messages("s")) == ["a", "b"]


@pytest.mark.parametrize("id_", [None, "a"])
async def test_the_end_of_a_history_may_be_sent_again(store: Store, id_: str | None) -> None:
    provider = ThreadkeepHistoryProvider(store)
    history = [Message("user", ["a"]), Message("assistant", ["b"], message_id=id_), Message("user", ["c"])]
    await provider.save_messages("s", history)
    await provider.save_messages("s", [*history[1:], Message("assistant", ["d"])])

    assert texts(await provider.get_messages("s")) == ["a", "b", "c", "d"]


async def test_a_turn_without_ids_may_be_repeated(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    for words in ("Hi", "Yes", "Yes", "Yes"):
        await provider.save_messages("s", [Message("user", [words]), Message("assistant", ["OK"])])

    assert texts(await provider.get_messages("s")) == ["Hi", "OK", *3 * ["Yes", "OK"]]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [pytest.param(1, marks=pytest.mark.chaos), 2])
async def test_a_transcript_of_any_length_goes_on(store: Store, rows: int) -> None:
    """More rows than a page or a batch has."""
    calls = [Content.from_function_call("c", "weather", arguments={}) for _ in range(rows - 1)]
    history = [Message("assistant" if rows > 1 else "user", [f"m{number}", *calls]) for number in range(1300 // rows)]
    provider = ThreadkeepHistoryProvider(store)
    await provider.save_messages("s", history)
    for number in range(2):
        history.append(Message("user", [f"n{number}"]))
        await provider.save_messages("s", history)
    await provider.save_messages("s", await provider.get_messages("s"))

    assert texts(await provider.get_messages("s")) == texts(history)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 8))])
async def test_random_transcripts_are_kept_as_the_provider_of_the_framework_keeps_them(store: Store, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    ours, theirs = ThreadkeepHistoryProvider(store), InMemoryHistoryProvider()
    state: dict[str, Any] = {}
    for step in range(12):
        if chance.random() < 0.4:
            first = chance.randrange(len(OTHERS))
            await ThreadkeepSession("s", store).add_items(OTHERS[first:])
            state["messages"] = await ours.get_messages("s")  # the framework knows no other programs
        new = [
            Message(role, [f"{step} {role}"], message_id=f"{role}{step}" if chance.random() < 0.3 else None)
            for role in ("user", "assistant")[: chance.choice((1, 2, 2))]
        ]
        known = await theirs.get_messages("s", state=state)
        sent = [*known[chance.choice((0, 0, -1, -2, -5, len(known))) :], *new]
        if chance.random() < 0.3:  # others write while the program runs
            await ThreadkeepSession("s", store).add_items(OTHERS[:1])
            late = (await ours.get_messages("s"))[len(known) :]
        else:
            late = []
        for again in range(chance.choice((1, 1, 2))):
            if again:
                sent = await theirs.get_messages("s", state=state)
            await theirs.save_messages("s", sent, state=state)
            await ours.save_messages("s", sent)
            if not again:
                kept = state["messages"]
                state["messages"] = [*kept[: len(known)], *late, *kept[len(known) :]]

        expected = await theirs.get_messages("s", state=state)
        assert [one.to_dict() for one in await ours.get_messages("s")] == [one.to_dict() for one in expected]
