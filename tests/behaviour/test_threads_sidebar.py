"""The fields of a thread that a list of chats shows: title, archived, pinned, labels and the preview."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_thread, make_user

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


async def preview_of(services: ServiceProvider, thread_id: str) -> tuple[str, str] | None:
    """Return role and text of the preview, and check that a list has the same."""
    thread = await services.thread_service.get_thread(thread_id)
    found = (await services.thread_service.find_threads(limit=1))[0]
    assert found.id != thread_id or found == thread
    shown = thread.last_message
    return None if shown is None else (shown["role"], shown["text"])


async def test_a_thread_has_the_fields_that_it_is_given(services: ServiceProvider) -> None:
    service = services.thread_service
    plain = await service.create_thread()
    made = await service.create_thread(title="Travel", archived=True, pinned=True, labels=["work", "a", "work"])
    ensured = await service.ensure_thread("chat/1", title="Named", labels=["a"])

    changed = await service.update_thread(made.id, title="", archived=False, labels=[])
    again = await service.update_thread(made.id, title="$x", pinned=False, labels=["$b", "c"])

    assert (plain.title, plain.archived, plain.pinned, plain.labels, plain.last_message) == (
        None,
        False,
        False,
        [],
        None,
    )
    assert (made.title, made.archived, made.pinned, made.labels) == ("Travel", True, True, ["work", "a"])
    assert (ensured.title, ensured.labels) == ("Named", ["a"])
    assert (changed.title, changed.archived, changed.pinned, changed.labels) == (None, False, True, [])
    assert (again.title, again.archived, again.pinned, again.labels) == ("$x", False, False, ["$b", "c"])
    assert await service.get_thread(made.id) == again
    turn = await services.message_service.commit_turn(
        made.id, [{"content": "x"}], title="", archived=True, labels=["z"]
    )
    assert (turn.thread.title, turn.thread.archived, turn.thread.labels) == (None, True, ["z"])


async def test_fields_beyond_their_bounds_are_refused_by_name(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    service: Any = services.thread_service
    wrong: list[dict[str, Any]] = [
        {"title": "x" * 257},
        {"title": 1},
        {"labels": ["x" * 65]},
        {"labels": [""]},
        {"labels": [str(number) for number in range(33)]},
        {"labels": "x"},
        {"archived": "yes please"},
    ]

    for fields in wrong:
        for call in (service.create_thread(**fields), service.update_thread(thread.id, **fields)):
            with pytest.raises(InvalidInput, match=next(iter(fields))):
                await call
    refused: list[dict[str, Any]] = [{"labels": []}, {"labels": [1]}, {"archived": "x"}]
    for filters in refused:
        with pytest.raises(InvalidInput, match=next(iter(filters))):
            await service.find_threads(**filters)

    assert await service.get_thread(thread.id) == thread


@pytest.mark.large
async def test_lists_are_filtered_by_every_combination(services: ServiceProvider) -> None:
    user, other = await make_user(services), await make_user(services)
    service = services.thread_service
    stored: list[tuple[Any, tuple[Any, ...]]] = []
    choices = itertools.product((user, other), (True, False), (True, False), ([], ["a"], ["b", "c"]))
    for owner, archived, pinned, labels in choices:
        thread = await service.create_thread([owner.id], archived=archived, pinned=pinned, labels=labels)
        stored.append((thread.id, (owner.id, archived, pinned, labels)))

    asked = itertools.product((user.id, None), (True, False, None), (True, False, None), (None, ["a"], ["a", "c"]))
    for participant, asked_archived, asked_pinned, asked_labels in asked:
        expected = [
            thread_id
            for thread_id, (owner, is_archived, is_pinned, has) in reversed(stored)
            if participant in (None, owner)
            and asked_archived in (None, is_archived)
            and asked_pinned in (None, is_pinned)
            and (asked_labels is None or set(asked_labels) & set(has))
        ]
        filters: Any = {
            "archived": asked_archived,
            "pinned": asked_pinned,
            "labels": asked_labels,
            "participant": participant,
        }
        sort: Any = "created" if asked_archived and asked_pinned is not False else "active"
        page = await service.find_threads(**filters, sort=sort, limit=5)
        found = [thread.id for thread in page]
        if page.has_more:
            rest = await service.find_threads(**filters, sort=sort, limit=100, after=page.next_cursor)
            found += [thread.id for thread in rest]
        assert sorted(found) == sorted(expected), filters


async def test_the_preview_follows_the_newest_words(services: ServiceProvider) -> None:
    user = await make_user(services)
    first: Any = [
        {"content": "instructions", "role": "system"},
        {"content": "hello"},
        {"content": " ", "role": "assistant"},
    ]
    thread = await services.thread_service.create_thread([user.id], messages=first)
    service = services.message_service
    assert (thread.last_message or {})["text"] == "hello"

    answer = await service.create_message(thread.id, "é" * 300, "assistant")
    assert await preview_of(services, thread.id) == ("assistant", "é" * 200)
    assert (await services.thread_service.get_thread(thread.id)).last_message == {
        "id": answer.id,
        "seq": answer.seq,
        "role": "assistant",
        "text": "é" * 200,
    }
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    await service.create_messages(thread.id, [{"content": "", "role": "assistant", "tool_calls": calls}])
    await service.submit_tool_output(thread.id, "42", tool_call_id="c")
    await service.create_message(thread.id, type="reasoning", item={"id": "rs_1", "summary": []})
    assert await preview_of(services, thread.id) == ("assistant", "é" * 200)

    await service.update_message(answer.id, content="$edited")
    assert await preview_of(services, thread.id) == ("assistant", "$edited")
    await service.update_message(answer.id, content="")
    assert await preview_of(services, thread.id) == ("user", "hello")
    await service.update_message(answer.id, content="back")
    assert await preview_of(services, thread.id) == ("assistant", "back")
    await service.delete_message(answer.id)
    assert await preview_of(services, thread.id) == ("user", "hello")


async def test_the_preview_follows_chunks_pops_and_cuts(services: ServiceProvider) -> None:
    user = await make_user(services)
    thread = await services.thread_service.create_thread([user.id], messages=[{"content": "hello"}])
    service = services.message_service

    whole = await service.append_chunk(thread.id, "in ", is_last=False) or await service.append_chunk(
        thread.id, "chunks", is_last=True
    )
    assert whole is not None
    assert await preview_of(services, thread.id) == ("assistant", "in chunks")
    await service.pop_message(thread.id)
    assert await preview_of(services, thread.id) == ("user", "hello")
    await service.replace_messages(thread.id, 0, [{"content": "new"}, {"type": "reasoning", "item": {"summary": []}}])
    assert await preview_of(services, thread.id) == ("user", "new")
    await service.truncate_messages(thread.id, 0)
    assert await preview_of(services, thread.id) is None
    await service.create_messages(thread.id, [{"content": "a"}, {"content": "b"}])
    assert await preview_of(services, thread.id) == ("user", "b")
    await service.clear_messages(thread.id)
    assert await preview_of(services, thread.id) is None
