"""Summaries and pinned messages in windows, through every way in."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.context import check_anthropic, check_chat, check_responses
from threadkeep.errors import InvalidInput, PreconditionFailed, ThreadNotFound
from threadkeep.tests.behaviour.test_messages_context import CALL, conversation
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.factories import ServiceProvider

CHECKS = {"chat": check_chat, "responses": check_responses, "anthropic": check_anthropic}


async def test_a_summary_stands_in_place_of_what_it_covers(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services, 4)

    summary = await messages.add_summary(thread_id, "Rome has 22 °C.", upto_seq=10, meta_data={"by": "me"})
    window = await messages.context(thread_id, 8_000)

    assert (summary.type, summary.role, summary.seq) == ("summary", "unknown", 15)
    assert (summary.content, summary.covers) == ("Rome has 22 °C.", {"from_seq": 1, "upto_seq": 10})
    assert summary.meta_data == {"by": "me"}
    assert [one["content"] for one in window.messages] == [
        "Be kind.",
        "[Summary of messages 1 to 10]\nRome has 22 °C.",
        "Question 2",
        "Answer",
        "Question 3",
        "Answer",
    ]
    assert window.summaries == [{"id": summary.id, "seq": 15, "from_seq": 1, "upto_seq": 10}]
    assert window.left_out == [{"first_seq": 2, "last_seq": 10, "reason": "summarized"}]
    assert (window.first_seq, window.last_seq, window.to_summarize) == (11, 14, None)


@pytest.mark.parametrize("format_", CHECKS)
async def test_a_revoked_summary_gives_its_messages_back(services: ServiceProvider, format_: Any) -> None:
    messages, thread_id = services.message_service, await conversation(services, 4)
    before = await messages.context(thread_id, 8_000, format=format_)
    summary = await messages.add_summary(thread_id, "Warm.", upto_seq=8)
    during = await messages.context(thread_id, 8_000, format=format_)
    without = await messages.context(thread_id, 8_000, format=format_, use_summaries=False)
    stored = await messages.list_messages(thread_id)

    await messages.delete_message(summary.id)
    after = await messages.context(thread_id, 8_000, format=format_)

    assert CHECKS[format_](during.messages) == []
    assert "Summary of messages 1 to 8" in str(during.messages)
    assert without.messages == after.messages == before.messages
    assert [one.type for one in stored] == ["message"] * 14 + ["summary"]


async def test_a_window_says_for_which_messages_a_summary_is_worth_writing(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services, 60)
    window = await messages.context(thread_id, 200)
    due = window.to_summarize
    assert due is not None
    assert window.first_seq is not None

    older = await messages.list_messages(thread_id, after=due["after"], before=due["before"])
    await messages.add_summary(thread_id, "Many questions.", from_seq=due["from_seq"], upto_seq=due["upto_seq"])
    following = await messages.context(thread_id, 200)

    assert due["from_seq"] == 2
    assert due["upto_seq"] >= window.first_seq - 1
    assert [one.seq for one in older] == [*range(2, due["upto_seq"] + 1)]
    assert following.messages[1]["content"] == f"[Summary of messages 2 to {due['upto_seq']}]\nMany questions."
    assert following.messages[2:] == window.messages[1 - len(following.messages) + 1 :]
    assert (following.first_seq, following.to_summarize) == (due["upto_seq"] + 1, None)


@pytest.mark.slow
async def test_summaries_follow_each_other_as_the_thread_grows(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, (await make_thread(services)).id
    most = 0
    for turn in range(40):
        batch: list[MessageInput] = [{"role": "user", "content": f"Question {turn}"}]
        await messages.create_messages(thread_id, [*batch, {"role": "assistant", "content": "An answer " * 5}])
        window = await messages.context(thread_id, 300)
        if due := window.to_summarize:
            text = f"{due['from_seq']} to {due['upto_seq']}"
            await messages.add_summary(thread_id, text, from_seq=due["from_seq"], upto_seq=due["upto_seq"])
            window = await messages.context(thread_id, 300)
        covered = [(one["from_seq"], one["upto_seq"]) for one in window.summaries]
        most = max(most, len(covered))

        assert window.to_summarize is None
        assert all(one[1] + 1 == other[0] for one, other in itertools.pairwise(covered))
        assert not covered or (covered[0][0], covered[-1][1] + 1) == (1, window.first_seq)
    assert most >= 2


async def test_an_older_summary_is_used_if_the_newest_does_not_reach_far_enough(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services, 60)
    far = await messages.add_summary(thread_id, "Far.", upto_seq=120)
    near = await messages.add_summary(thread_id, "Near.", upto_seq=20)

    small, large = [await messages.context(thread_id, budget) for budget in (150, 8_000)]

    assert [one["id"] for one in small.summaries] == [far.id]
    assert [one["id"] for one in large.summaries] == [near.id]


async def test_a_summary_that_does_not_fit_is_left_out(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services, 4)
    await messages.add_summary(thread_id, "word " * 500, upto_seq=8)

    window = await messages.context(thread_id, 60)

    assert window.summaries == []
    assert window.to_summarize is not None


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"upto_seq": 7}, "upto_seq: is above the number of the newest message, 6"),
        ({"upto_seq": 0}, "upto_seq: Input should be greater than or equal to 1"),
        ({"upto_seq": 2, "from_seq": 3}, "upto_seq is lower than from_seq"),
        ({"upto_seq": 2, "from_seq": True}, "from_seq: must be a number"),
        ({"upto_seq": 2, "text": " "}, "text: has no words"),
    ],
)
async def test_a_summary_names_what_it_covers(services: ServiceProvider, arguments: Any, rule: str) -> None:
    messages, thread_id = services.message_service, await conversation(services)

    with pytest.raises(InvalidInput, match=rule):
        await messages.add_summary(thread_id, **{"text": "Warm.", **arguments})
    with pytest.raises(InvalidInput, match="type: summaries are written by add_summary"):
        await messages.create_message(thread_id, "Warm.", type="summary")
    with pytest.raises(ThreadNotFound):
        await messages.add_summary("thread_unknown", "Warm.", upto_seq=1)
    with pytest.raises(PreconditionFailed):
        await messages.add_summary(thread_id, "Warm.", upto_seq=1, expected_seq=5)
    assert len(await messages.list_messages(thread_id)) == 6


async def test_a_retried_summary_is_written_once(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services)

    first, second = [await messages.add_summary(thread_id, "Warm.", upto_seq=5, client_id="s1") for _ in range(2)]

    assert first == second


async def test_a_pinned_message_is_in_every_window(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services, 60)
    page = await messages.list_messages(thread_id, 20)
    pinned = await messages.update_message(page[9].id, pinned=True)
    call = await messages.update_message(page[2].id, pinned=True)
    output = await messages.update_message(page[3].id, pinned=True)

    window = await messages.context(thread_id, 300)
    summary = await messages.add_summary(thread_id, "Warm.", upto_seq=124)
    summarized = await messages.context(thread_id, 300)
    unpinned = [await messages.update_message(one.id, pinned=False) for one in (pinned, call, output)]
    after = await messages.context(thread_id, 300, use_summaries=False)

    kept = ["Let me look.", "22 °C", page[9].content]
    assert pinned.pinned is True
    assert window.pinned == [3, 4, 10]
    assert [one["content"] for one in window.messages[1:4]] == kept
    assert window.messages[1]["tool_calls"] == [CALL]
    assert [one["first_seq"] for one in window.left_out] == [2, 5, 11]
    assert [one["content"] for one in summarized.messages[2:5]] == kept
    assert after.pinned == []
    assert all("pinned" not in one for one in unpinned)
    with pytest.raises(InvalidInput, match="pinned: a summary cannot be pinned"):
        await messages.update_message(summary.id, pinned=True)


async def test_a_pinned_call_without_its_output_and_an_output_without_its_call_stay_valid(
    services: ServiceProvider,
) -> None:
    messages, thread_id = services.message_service, await conversation(services, 60)
    page = await messages.list_messages(thread_id, 4)
    for index in (2, 3):
        await messages.update_message(page[index].id, pinned=True)
        for format_, check in CHECKS.items():
            window: Any = await messages.context(thread_id, 300, format=format_)  # type: ignore[arg-type]

            assert check(window.messages) == []
        await messages.update_message(page[index].id, pinned=False)


@pytest.mark.slow
async def test_a_thread_has_at_most_64_pinned_messages(services: ServiceProvider) -> None:
    messages, thread_id = services.message_service, await conversation(services, 30)
    page = await messages.list_messages(thread_id)
    for message in page[:64]:
        await messages.update_message(message.id, pinned=True)

    with pytest.raises(InvalidInput, match="pinned: the thread has 64 pinned messages"):
        await messages.update_message(page[65].id, pinned=True)
    again = await messages.update_message(page[0].id, pinned=True)

    assert again.pinned is True
