"""The session of the OpenAI Agents SDK: the promises of its `Session`, and real runs with a scripted model."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadkeep.errors import InvalidInput

agents = pytest.importorskip("agents")

from agents import Agent, Runner, function_tool  # noqa: E402  the framework may be missing
from agents.testing import ScriptedModel, assistant_message, function_call  # noqa: E402

from threadkeep.adapters.openai_agents import ThreadkeepSession  # noqa: E402

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store
    from threadkeep.keep import Threadkeep

SURROGATE = "half \ud83d of an emoji"
SHAPES: dict[str, dict[str, Any]] = {
    "text": {"role": "user", "content": "Hello"},
    "text with type": {"type": "message", "role": "developer", "content": "Be brief."},
    "image": {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
            {"type": "input_file", "file_id": "file_1"},
        ],
    },
    "answer": {
        "id": "msg_68aa",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "phase": "final_answer",
        "content": [
            {"type": "output_text", "text": "It is a cat on a mat, says the model.", "annotations": [], "logprobs": []}
        ],
    },
    "refusal": {"role": "assistant", "type": "message", "content": [{"type": "refusal", "refusal": "No."}]},
    "reasoning": {
        "id": "rs_68aa",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Hmm."}],
        "encrypted_content": "gAAA",
    },
    "call": {
        "id": "fc_1",
        "type": "function_call",
        "call_id": "call_1",
        "name": "weather",
        "arguments": "{}",
        "status": "completed",
    },
    "fake id": {
        "id": "__fake_id__",
        "type": "function_call",
        "call_id": "call_2",
        "name": "weather",
        "arguments": '{"a": 1}',
    },
    "output": {"type": "function_call_output", "call_id": "call_1", "output": "22 degrees in the shade, at least."},
    "parts as output": {
        "type": "function_call_output",
        "call_id": "call_2",
        "output": [
            {"type": "input_text", "text": "A map"},
            {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
        ],
    },
    "custom call": {"type": "custom_tool_call", "call_id": "call_3", "name": "patch", "input": "x"},
    "custom output": {"type": "custom_tool_call_output", "call_id": "call_3", "output": "done"},
    "web search": {
        "id": "ws_1",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    },
    "computer": {
        "id": "cu_1",
        "type": "computer_call",
        "call_id": "c4",
        "action": {"type": "click", "x": 1, "y": 2, "button": "left"},
        "pending_safety_checks": [],
        "status": "completed",
    },
    "mcp": {
        "id": "mcp_1",
        "type": "mcp_call",
        "arguments": "{}",
        "name": "search",
        "server_label": "s",
        "output": "o",
        "error": None,
    },
    "mcp approval": {
        "id": "mcpr_1",
        "type": "mcp_approval_request",
        "arguments": "{}",
        "name": "n",
        "server_label": "s",
    },
    "compaction": {"type": "compaction", "encrypted_content": "zzz", "id": "cmp_1"},
    "unknown kind": {"type": "hologram", "beams": [1, 2.5, None, True], "nested": {"~text": "0.content", "$ref": 1}},
    "odd call": {"type": "function_call", "name": 7},
    "call without an id": {"type": "function_call", "call_id": "", "name": "f", "arguments": "{}"},
    "call without a name": {"type": "function_call", "call_id": "c11", "name": "", "arguments": "{}"},
    "custom call without an id": {"type": "custom_tool_call", "name": "f", "input": "x"},
    "output without an id": {"type": "function_call_output", "call_id": "", "output": "x"},
    "odd parts": {"role": "user", "content": [{"type": "input_text"}]},
    "odd role": {"role": "narrator", "content": "Once upon a time"},
    "half a character": {"role": "user", "content": SURROGATE},
    "half a character in a call": {
        "type": "function_call",
        "call_id": "c9",
        "name": "say",
        "arguments": json.dumps(SURROGATE, ensure_ascii=False),
    },
    "large number": {"role": "user", "content": "n", "big": 2**70, "exact": [1, 1.0, True, -0.0, 2**40]},
    "nul": {"role": "user", "content": "a\0b", "k\0": 1},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def exactly(value: Any) -> str:
    """Return the value as JSON, in which 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


async def test_items_come_back_as_they_were_added(store: Store) -> None:
    session = ThreadkeepSession("s1", store)
    assert await session.get_items() == []
    await session.add_items([])
    assert await session.pop_item() is None
    items: Any = list(SHAPES.values())

    await session.add_items(items)
    await session.add_items(items[:3])

    again = ThreadkeepSession("s1", store)
    assert exactly(await again.get_items()) == exactly(items + items[:3])
    assert exactly(await again.get_items(limit=4)) == exactly([items[-1], *items[:3]])
    assert await ThreadkeepSession("s2", store).get_items() == []


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(fields=st.dictionaries(st.text(max_size=8), JSON, max_size=4), kind=st.sampled_from(sorted(SHAPES)))
async def test_any_item_comes_back_as_it_was_added(keep: Threadkeep, fields: dict[str, Any], kind: str) -> None:
    session = ThreadkeepSession("any", keep)
    item: Any = SHAPES[kind] | fields

    await session.add_items([item])

    assert exactly(await session.pop_item()) == exactly(item)
    assert await session.get_items() == []


async def test_limits_and_pops_count_items(store: Store) -> None:
    session = ThreadkeepSession("limits", store, session_settings={"limit": 2})
    items: Any = [{"role": "user", "content": str(number)} for number in range(5)]
    await session.add_items(items)

    assert await session.get_items() == items[3:]
    assert await session.get_items(limit=100) == items
    assert await session.get_items(limit=0) == []
    assert await session.get_items(limit=-1) == []
    popped = await asyncio.gather(*(session.pop_item() for _ in range(3)))
    assert {str(item["content"]) for item in popped if item} == {"2", "3", "4"}  # type: ignore[typeddict-item]
    await session.clear_session()
    assert await session.get_items() == []
    await session.add_items(items[:1])
    assert await session.get_items() == items[:1]


async def test_a_refused_item_stores_nothing_of_its_batch(store: Store) -> None:
    session = ThreadkeepSession("atomic", store)
    many: Any = [{"role": "user", "content": str(number)} for number in range(1001)]

    with pytest.raises(InvalidInput):
        await session.add_items(many)

    assert await session.get_items() == []


async def test_concurrent_first_writers_share_one_thread(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    sessions = [ThreadkeepSession("raced", store, user_id=user.id) for _ in range(8)]

    await asyncio.gather(*(s.add_items([{"role": "user", "content": str(n)}]) for n, s in enumerate(sessions)))

    assert len(await sessions[0].get_items()) == 8
    assert len(await store.thread_service.list_threads(user.id)) == 1


async def test_a_cancelled_caller_waits_for_the_outcome(keep: Threadkeep) -> None:
    session = ThreadkeepSession("cancelled", keep)
    write = asyncio.ensure_future(session.add_items([{"role": "user", "content": "Hello"}]))
    await asyncio.sleep(0)

    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write

    assert len(await session.get_items()) == 1


async def test_items_of_other_programs_are_read_and_popped(store: Store) -> None:
    thread = await store.thread_service.create_thread(meta_data={})
    calls = [{"id": f"call_{n}", "type": "function", "function": {"name": "f", "arguments": "{}"}} for n in (1, 2)]
    await store.message_service.create_messages(
        thread.id,
        [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Both.", "tool_calls": calls},
            {"role": "tool", "content": "one", "tool_call_id": "call_1"},
            {"type": "my_framework.snapshot", "item": {"step": 3}},
        ],
    )
    session = ThreadkeepSession("any", store, thread_id=thread.id)
    expected = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Both."},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "one"},
    ]

    assert await session.get_items() == expected
    assert await session.get_items(limit=2) == expected[-2:]
    assert [await session.pop_item() for _ in range(3)] == expected[:1:-1]
    assert await session.get_items() == expected[:2]


@function_tool
def weather(city: str) -> str:
    """Return the weather."""
    return f"22 degrees in {city}"


@function_tool(needs_approval=True)
def book(city: str) -> str:
    """Book a trip."""
    return f"booked {city}"


async def test_runs_with_parallel_tools_go_on_in_another_process(store: Store) -> None:
    script: Any = [
        [function_call("weather", {"city": "Rome"}, call_id="a"), function_call("weather", {"city": "Oslo"}, call_id="b")],
        [assistant_message("Warm and cold.")],
    ]  # fmt: skip
    first = await Runner.run(
        Agent("A", model=ScriptedModel(script), tools=[weather]), "How warm?", session=ThreadkeepSession("run", store)
    )
    model = ScriptedModel([[assistant_message("As before.")]])
    second = await Runner.run(Agent("A", model=model), "And now?", session=ThreadkeepSession("run", store))

    assert (first.final_output, second.final_output) == ("Warm and cold.", "As before.")
    history = await ThreadkeepSession("run", store).get_items()
    assert [item.get("type", "message") for item in history] == [
        *("message", "function_call", "function_call", "function_call_output", "function_call_output"),
        *("message", "message", "message"),
    ]
    thread = await store.thread_service.get_thread_by_external_id("run")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == [
        *("user", "assistant", "tool", "tool", "assistant", "user", "assistant")
    ]  # fmt: skip


async def test_an_interrupted_run_resumes_from_its_stored_history(keep: Threadkeep) -> None:
    script: Any = [[function_call("book", {"city": "Rome"}, call_id="a")], [assistant_message("Booked.")]]
    agent = Agent("A", model=ScriptedModel(script), tools=[book])
    interrupted = await Runner.run(agent, "Book Rome.", session=ThreadkeepSession("resume", keep))
    state = interrupted.to_state()
    state.approve(interrupted.interruptions[0])

    result = await Runner.run(agent, state, session=ThreadkeepSession("resume", keep))

    assert result.final_output == "Booked."
    history = await ThreadkeepSession("resume", keep).get_items()
    assert [item.get("type", "message") for item in history] == [
        *("message", "function_call", "function_call_output", "message")
    ]  # fmt: skip
