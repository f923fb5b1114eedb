"""Messages that are sent in chunks, in process and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadkeep.errors import InvalidInput, ThreadNotFound
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


FIRST, SECOND = "\ud83d", "\ude00"
"""The halves of an emoji, as JSON writes them."""


async def contents(services: ServiceProvider, thread_id: str) -> list[object]:
    return [message.content for message in await services.message_service.list_messages(thread_id)]


async def test_chunks_of_an_abandoned_run_are_not_in_the_next_run(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await services.message_service.append_chunk(thread.id, "Once upon ", is_last=False, run_id="run_1")

    message = await services.message_service.append_chunk(thread.id, "Yes.", is_last=True, run_id="run_2")
    first = await services.message_service.append_chunk(thread.id, "a time.", is_last=True, run_id="run_1")

    assert message is not None
    assert first is not None
    assert (message.content, message.run_id) == ("Yes.", "run_2")
    assert (first.content, first.run_id) == ("Once upon a time.", "run_1")


async def test_an_aborted_message_leaves_nothing_behind(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    messages = services.message_service
    for run_id in ("run_1", "run_2"):
        await messages.append_chunk(thread.id, f"{run_id} ", is_last=False, run_id=run_id)

    for _ in range(2):
        aborted = await messages.abort_chunks(thread.id, run_id="run_1")
        assert (aborted.id, aborted.object, aborted.deleted) == (thread.id, "thread.chunks.deleted", True)
    for run_id in ("run_1", "run_2"):
        await messages.append_chunk(thread.id, "end", is_last=True, run_id=run_id)

    assert await contents(services, thread.id) == ["end", "run_2 end"]


async def test_the_arguments_of_an_abort_are_those_of_the_chunks(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    messages = services.message_service
    await messages.append_chunk(thread.id, "kept ", "user", is_last=False, sender_id="s", assistant_id="a", run_id="r")

    await messages.abort_chunks(thread.id)
    await messages.abort_chunks(thread.id, "user", sender_id="s", run_id="r")
    await messages.append_chunk(thread.id, "x", "user", is_last=True, sender_id="s", assistant_id="a", run_id="r")
    await messages.append_chunk(thread.id, "gone ", "user", is_last=False, sender_id="s", assistant_id="a", run_id="r")
    await messages.abort_chunks(thread.id, "user", sender_id="s", assistant_id="a", run_id="r")
    await messages.append_chunk(thread.id, "y", "user", is_last=True, sender_id="s", assistant_id="a", run_id="r")

    assert await contents(services, thread.id) == ["kept x", "y"]
    with pytest.raises(ThreadNotFound):
        await messages.abort_chunks("thread_unknown")
    with pytest.raises(InvalidInput, match="role"):
        await messages.abort_chunks(thread.id, "wizard")  # type: ignore[arg-type]


async def test_an_interrupted_message_is_kept_as_incomplete(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await services.message_service.append_chunk(thread.id, "Once ", is_last=False)

    message = await services.message_service.append_chunk(
        thread.id, "", is_last=True, status="incomplete", incomplete_details={"reason": "run_cancelled"}
    )

    assert message is not None
    assert (message.content, message.status, message.completed_at) == ("Once ", "incomplete", None)
    assert message.incomplete_details == {"reason": "run_cancelled"}


def split(text: str) -> list[str]:
    """Return the UTF-16 code units of a text, each as a chunk."""
    data = text.encode("utf-16-le")
    return [data[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(data), 2)]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(st.sampled_from('aé€👩🏽\0\\"') | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6))
async def test_a_text_may_be_split_inside_a_character(services: ServiceProvider, text: str) -> None:
    thread = await services.thread_service.create_thread(meta_data={})
    *first, last = split(text)

    for chunk in first:
        await services.message_service.append_chunk(thread.id, chunk, is_last=False)
    message = await services.message_service.append_chunk(thread.id, last, is_last=True)

    assert message is not None
    assert message.content == text


@pytest.mark.parametrize("chunks", [[FIRST, "x"], ["x", SECOND], [SECOND + FIRST, ""], [FIRST], [SECOND]])
async def test_chunks_that_are_no_text_together_are_refused_and_removed(
    services: ServiceProvider, chunks: list[str]
) -> None:
    thread = await make_thread(services)
    *first, last = chunks
    for chunk in first:
        await services.message_service.append_chunk(thread.id, chunk, is_last=False)

    with pytest.raises(InvalidInput, match="content"):
        await services.message_service.append_chunk(thread.id, last, is_last=True)
    await services.message_service.append_chunk(thread.id, "next", is_last=True)

    assert await contents(services, thread.id) == ["next"]


async def test_a_chunk_with_half_a_character_in_its_middle_is_refused_at_once(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    for wrong in (f"a{FIRST}b", f"a{SECOND}b", f"{FIRST}a", f"a{SECOND}"):
        with pytest.raises(InvalidInput, match="content"):
            await services.message_service.append_chunk(thread.id, wrong, is_last=False)
    for wrong_type in (None, 7, [{"type": "text", "text": "x"}]):
        with pytest.raises(InvalidInput, match="content"):
            await services.message_service.append_chunk(thread.id, wrong_type, is_last=False)  # type: ignore[arg-type]
