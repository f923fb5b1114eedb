from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import (
    IdTaken,
    InvalidInput,
    MessageNotFound,
    NotFound,
    PreconditionFailed,
    ThreadNotFound,
    UnknownCursor,
)
from threadkeep.tests.factories import make_history, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


async def texts(services: ServiceProvider, thread_id: str) -> list[Any]:
    """Return the texts of the messages of a thread, and check that every way to read them agrees."""
    listed = await services.message_service.list_messages(thread_id)
    newest_first = await services.message_service.list_messages(thread_id, order="desc", limit=1000)
    thread = await services.thread_service.get_thread(thread_id)

    assert [*reversed(newest_first)] == listed
    assert thread.message_count == len(listed)
    assert all(message.seq <= thread.last_seq for message in listed)
    return [message.content for message in listed]


async def test_a_turn_stores_messages_and_changes_the_thread(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={"a": 1, "b": 2})

    turn = await services.message_service.commit_turn(
        thread.id,
        [{"content": "question"}, {"role": "assistant", "content": "answer", "client_id": "k"}],
        meta_data={"b": 3, "$c": "$d"},
        tool_resources={"file": "x"},
        expected_seq=0,
        expected_revision=thread.revision,
    )
    after = await services.thread_service.get_thread(thread.id)

    assert turn.object == "thread.turn"
    assert turn.thread == after
    assert (after.meta_data, after.tool_resources) == ({"a": 1, "b": 3, "$c": "$d"}, {"file": "x"})
    assert (after.message_count, after.last_seq, after.revision) == (2, 2, thread.revision + 1)
    assert after.last_message_at_ms == turn.messages[-1].created_at_ms
    assert await services.message_service.list_messages(thread.id) == turn.messages
    assert [message.seq for message in turn.messages] == [1, 2]
    assert await services.message_service.list_messages(thread.id, client_id="k") == turn.messages[1:]
    assert (await services.thread_service.find_threads(meta_data={"b": 3}))[0].id == thread.id


@pytest.mark.parametrize("expected", [{"expected_seq": 1}, {"expected_revision": 9}])
async def test_nothing_of_a_turn_is_written_if_another_writer_was_faster(
    services: ServiceProvider, expected: dict[str, Any]
) -> None:
    thread_id, messages = await make_history(services, 2)
    before = await services.thread_service.get_thread(thread_id)
    service = services.message_service

    for refused in (
        service.commit_turn(thread_id, [{"content": "x"}], meta_data={"x": 1}, **expected),
        service.replace_messages(thread_id, 0, [{"content": "x"}], **expected),
        service.truncate_messages(thread_id, 0, **expected),
        service.clear_messages(thread_id, **expected),
        service.pop_message(thread_id, **expected),
    ):
        with pytest.raises(PreconditionFailed):
            await refused

    assert await services.thread_service.get_thread(thread_id) == before
    assert await service.list_messages(thread_id) == messages


async def test_pop_removes_and_returns_the_newest_message(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3)
    service = services.message_service
    await service.delete_message(messages[1].id)

    popped = [await service.pop_message(thread_id) for _ in range(3)]
    thread = await services.thread_service.get_thread(thread_id)
    following = await service.create_message(thread_id, "next")

    assert popped == [messages[2], messages[0], None]
    assert (thread.message_count, thread.last_seq, following.seq) == (0, 3, 4)
    assert await service.list_messages(thread_id, after=messages[0].id) == [following]
    with pytest.raises(MessageNotFound):
        await service.get_message(messages[2].id)
    with pytest.raises(MessageNotFound):
        await service.update_message(messages[2].id, content="x")
    with pytest.raises(MessageNotFound):
        await service.delete_message(messages[2].id)


async def test_a_suffix_is_replaced_and_its_client_ids_are_free(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    service = services.message_service
    old = [await service.create_message(thread.id, f"old {key}", client_id=key) for key in "abc"]

    new = await service.replace_messages(
        thread.id, 1, [{"content": "new b", "client_id": "b"}, {"content": "new d", "client_id": "d"}]
    )
    again = await service.create_message(thread.id, "new c", client_id="c")

    assert [(message.seq, message.client_id) for message in new] == [(4, "b"), (5, "d")]
    assert await texts(services, thread.id) == ["old a", "new b", "new d", "new c"]
    assert again.seq == 6
    assert [one.id for one in await service.list_messages(thread.id, client_id="b")] == [new[0].id]
    with pytest.raises(IdTaken):
        await service.replace_messages(thread.id, 4, [{"content": "x", "client_id": "a"}, {"content": "y"}])
    assert (await service.create_message(thread.id, "x", client_id="a")) == old[0]


async def test_clear_leaves_the_thread_with_its_fields(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 4)

    thread = await services.message_service.clear_messages(thread_id)

    assert (thread.id, thread.message_count, thread.last_seq) == (thread_id, 0, 4)
    assert await texts(services, thread_id) == []
    assert await services.message_service.get_formatted_messages(thread_id) == []
    assert (await services.message_service.truncate_messages(thread_id, 0)).message_count == 0


async def test_cursors_of_cut_messages_keep_working(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 4)
    await services.message_service.truncate_messages(thread_id, 2)
    following = await services.message_service.create_message(thread_id, "next")

    assert await services.message_service.list_messages(thread_id, after=messages[3].id) == [following]
    assert await services.message_service.list_messages(thread_id, before=messages[2].id, limit=1) == [messages[1]]
    with pytest.raises(UnknownCursor):
        await services.message_service.list_messages(thread_id, after="message_x")


async def test_wrong_arguments_are_named_and_change_nothing(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 1)
    service: Any = services.message_service
    calls: list[tuple[Any, str]] = [
        (lambda: service.truncate_messages(thread_id, -1), "after_seq"),
        (lambda: service.truncate_messages(thread_id, "x"), "after_seq"),
        (lambda: service.replace_messages(thread_id, 0, []), "messages"),
        (lambda: service.replace_messages(thread_id, 2**53, [{"content": "x"}]), "after_seq"),
        (lambda: service.commit_turn(thread_id, meta_data={"x": 1}), "messages"),
        (lambda: service.commit_turn(thread_id, [{"content": 1}]), "content"),
        (lambda: service.pop_message(thread_id, expected_seq=-1), "expected_seq"),
    ]
    for call, field in calls:
        with pytest.raises(InvalidInput, match=field):
            await call()
    for unknown in (service.pop_message, service.clear_messages):
        with pytest.raises(ThreadNotFound):
            await unknown("thread_x")

    assert await service.list_messages(thread_id) == messages


class Model:
    """A list in Python that changes as the thread should: each entry is the number and the text of a message."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str]] = []
        self.last = 0

    def add(self, added: list[str]) -> None:
        for text in added:
            self.last += 1
            self.entries.append((self.last, text))

    def cut(self, after: int) -> None:
        self.entries = [entry for entry in self.entries if entry[0] <= after]


async def change(service: Any, thread_id: str, model: Model, dice: random.Random, step: int) -> None:
    """Change the thread and the model in the same way, as random numbers decide."""
    new = [f"{step}.{index}" for index in range(dice.randint(1, 3))]
    rows: Any = [{"content": text} for text in new]
    after = dice.choice([0, model.last, *(seq for seq, _ in model.entries)])
    match dice.choice(["append", "append", "turn", "pop", "pop", "truncate", "replace", "delete"]):
        case "append":
            await service.create_messages(thread_id, rows)
            model.add(new)
        case "turn":
            turn = await service.commit_turn(thread_id, rows, meta_data={"step": step}, expected_seq=model.last)
            assert turn.thread.meta_data["step"] == step
            model.add(new)
        case "pop":
            popped = await service.pop_message(thread_id)
            assert (popped and (popped.seq, popped.content)) == (model.entries.pop() if model.entries else None)
        case "truncate":
            await service.truncate_messages(thread_id, after)
            model.cut(after)
        case "replace":
            await service.replace_messages(thread_id, after, rows)
            model.cut(after)
            model.add(new)
        case "delete" if model.entries:
            seq, _ = model.entries.pop(dice.randrange(len(model.entries)))
            found = [one for one in await service.list_messages(thread_id) if one.seq == seq]
            await service.delete_message(found[0].id)


@pytest.mark.parametrize("seed", range(2))
async def test_any_sequence_of_changes_has_the_result_of_a_list(services: ServiceProvider, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - not for security
    thread = await make_thread(services)
    service = services.message_service
    model = Model()

    for step in range(15):
        await change(service, thread.id, model, dice, step)
        listed = await service.list_messages(thread.id)
        assert [(one.seq, one.content) for one in listed] == model.entries
        middle = dice.randrange(model.last + 1)
        known = [one for one in listed if one.seq <= middle]
        if known:
            page = await service.list_messages(thread.id, 2, after=known[-1].id)
            assert [one.seq for one in page] == [seq for seq, _ in model.entries if seq > known[-1].seq][:2]
    thread = await services.thread_service.get_thread(thread.id)

    assert (thread.message_count, thread.last_seq) == (len(model.entries), model.last)


async def test_readers_beside_writers_see_each_change_whole(services: ServiceProvider) -> None:
    """Each turn replaces all messages by three of its own. A reader sees the three of one turn."""
    thread = await make_thread(services)
    service = services.message_service
    done = asyncio.Event()
    seen = set[str]()

    async def write() -> None:
        for step in range(6):
            rows: Any = [{"content": str(step)} for _ in range(3)]
            await service.commit_turn(thread.id, rows, after_seq=0, meta_data={"step": step})
        done.set()

    async def read() -> None:
        while not done.is_set():
            page = await service.list_messages(thread.id)
            assert len({one.content for one in page}) == (1 if page else 0), [one.content for one in page]
            assert len(page) in (0, 3)
            seen.update(str(one.content) for one in page)

    await asyncio.gather(write(), *[read() for _ in range(3)])

    assert len(seen) > 1
    assert await texts(services, thread.id) == ["5"] * 3


async def test_racing_appends_come_wholly_before_or_after_a_cut(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 3)
    service = services.message_service

    results = await asyncio.gather(
        *[service.create_messages(thread_id, [{"content": f"{n}"}, {"content": f"{n}"}]) for n in range(4)],
        service.clear_messages(thread_id),
        *[service.create_messages(thread_id, [{"content": f"{n}"}, {"content": f"{n}"}]) for n in range(4, 8)],
        return_exceptions=True,
    )
    left = await texts(services, thread_id)
    thread = await services.thread_service.get_thread(thread_id)

    assert not [result for result in results if isinstance(result, (Exception, NotFound))]
    assert all(left.count(text) == 2 for text in left)
    assert thread.last_seq == 19
