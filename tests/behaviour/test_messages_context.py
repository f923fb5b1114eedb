"""The window that is sent to a model, through every way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.context import check_anthropic, check_chat, check_responses
from threadkeep.errors import BudgetTooSmall, InvalidInput, ThreadNotFound
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.factories import ServiceProvider

CHECKS = {"chat": check_chat, "responses": check_responses, "anthropic": check_anthropic}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
CONVERSATION: list[MessageInput] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "How warm is it in Rome?"},
    {"role": "assistant", "content": "Let me look.", "tool_calls": [CALL]},
    {"role": "tool", "content": "22 °C", "tool_call_id": "call_1"},
    {"role": "assistant", "content": "22 °C, and sunny."},
    {"role": "assistant", "content": "Half", "status": "in_progress"},
]


async def conversation(services: ServiceProvider, turns: int = 0) -> str:
    thread = await make_thread(services)
    await services.message_service.create_messages(thread.id, CONVERSATION)
    for start in range(0, turns, 400):
        batch: list[MessageInput] = []
        for turn in range(start, min(turns, start + 400)):
            batch += [{"role": "user", "content": f"Question {turn}"}, {"role": "assistant", "content": "Answer"}]
        await services.message_service.create_messages(thread.id, batch)
    return thread.id


@pytest.mark.parametrize("format_", CHECKS)
async def test_a_window_is_valid_for_each_api(services: ServiceProvider, format_: Any) -> None:
    window = await services.message_service.context(await conversation(services), 1_000, format=format_)

    assert CHECKS[format_](window.messages) == []
    assert (window.object, window.format, window.max_tokens) == ("thread.context", format_, 1_000)
    assert (window.first_seq, window.last_seq) == (1, 6)
    assert window.left_out == [{"first_seq": 6, "last_seq": 6, "reason": "half_written"}]
    assert window.system == ([{"type": "text", "text": "Be kind."}] if format_ == "anthropic" else None)
    assert 0 < window.tokens < 1_000


async def test_a_window_holds_the_instructions_and_the_newest_turns(services: ServiceProvider) -> None:
    thread_id = await conversation(services, 60)

    window = await services.message_service.context(thread_id, 200)

    assert [one["content"] for one in window.messages[:1] + window.messages[-1:]] == ["Be kind.", "Answer"]
    assert window.messages[1]["role"] == "user"
    assert window.tokens <= 200
    assert window.first_seq is not None
    assert window.left_out == [{"first_seq": 2, "last_seq": window.first_seq - 1, "reason": "budget"}]
    assert window.last_seq == 126


async def test_a_turn_that_does_not_fit_is_refused_or_shortened(services: ServiceProvider) -> None:
    messages = services.message_service
    thread_id = await conversation(services)
    await messages.create_message(thread_id, "And now?", "user")
    await messages.create_message(thread_id, "", "assistant", tool_calls=[CALL])
    await messages.create_message(thread_id, "x" * 10_000, "tool", tool_call_id="call_1")

    with pytest.raises(BudgetTooSmall, match=r"max_tokens: the newest turn needs 1,\d\d\d tokens"):
        await messages.context(thread_id, 100)
    window = await messages.context(thread_id, 100, shorten_outputs=True)

    assert "characters left out" in window.messages[-1]["content"]
    assert window.tokens <= 100


async def test_unanswered_calls_and_incomplete_messages_are_sent_by_choice(services: ServiceProvider) -> None:
    messages = services.message_service
    thread = await make_thread(services)
    await messages.create_message(thread.id, "?", "user")
    await messages.create_message(thread.id, "Cut", "assistant", status="incomplete")
    await messages.create_message(thread.id, "", "assistant", tool_calls=[CALL])

    marked = await messages.context(thread.id, 1_000)
    left_out = await messages.context(thread.id, 1_000, unanswered="leave_out", include_incomplete=False)

    assert [one["content"] for one in marked.messages] == ["?", "Cut", "[No output is stored for this call.]"]
    assert left_out.messages == [{"role": "user", "content": "?"}]
    assert [one["reason"] for one in left_out.left_out] == ["incomplete", "unanswered"]


async def test_an_empty_thread_has_an_empty_window(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    window = await services.message_service.context(thread.id, 1)

    assert (window.messages, window.tokens, window.first_seq, window.last_seq) == ([], 0, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [("max_tokens", 0), ("max_tokens", 10**9), ("format", "odd"), ("counter", "words"), ("unanswered", "odd")],
)
async def test_arguments_are_checked(services: ServiceProvider, field: str, value: Any) -> None:
    thread = await make_thread(services)
    arguments: dict[str, Any] = {"max_tokens": 100, field: value}

    with pytest.raises(InvalidInput, match=field):
        await services.message_service.context(thread.id, **arguments)


async def test_an_unknown_thread_is_named(services: ServiceProvider) -> None:
    with pytest.raises(ThreadNotFound):
        await services.message_service.context("thread_unknown", 100)
