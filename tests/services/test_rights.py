"""Who may do what, as one table: each call, and the callers for whom it works. Everybody else is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from threadkeep.errors import Forbidden, UnknownCursor
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller, Services
from threadkeep.services.rights import RIGHTS
from threadkeep.tests.factories import make_users

CALLERS = ("admin", "service", "owner", "participant", "sender", "stranger")


@dataclass(frozen=True)
class World:
    """A thread of an owner, in which a participant and a sender take part; the sender has said something."""

    keep: Threadkeep
    user_ids: dict[str, str]
    thread_id: str
    message_id: str
    key_prefix: str
    service_key_prefix: str

    def acting_as(self, name: str) -> Services:
        caller = {"admin": Caller("admin"), "service": Caller("service")}.get(name)
        return self.keep.acting_as(caller or Caller("user", self.user_ids[name]))


@pytest.fixture
async def world(keep_in_memory: Threadkeep) -> World:
    keep = keep_in_memory
    users = await make_users(keep, 4)
    ids = dict(zip(("owner", "participant", "sender", "stranger"), (user.id for user in users), strict=True))
    thread = await keep.thread_service.create_thread([ids["owner"], ids["participant"], ids["sender"]])
    message = await keep.message_service.create_message(thread.id, "x", sender_id=ids["sender"])
    key = await keep.key_service.create_key("user", user_id=ids["owner"])
    service_key = await keep.key_service.create_key("service")
    return World(keep, ids, thread.id, message.id, key.details.prefix, service_key.details.prefix)


Call = Callable[[Services, World], Awaitable[Any]]
USERS: dict[str, tuple[Call, str]] = {
    "create_user": (lambda s, _: s.user_service.create_user(), "admin"),
    "list_users": (lambda s, _: s.user_service.list_users(), "admin service"),
    "get_user": (lambda s, w: s.user_service.get_user(w.user_ids["owner"]), "admin service owner"),
    "update_user": (lambda s, w: s.user_service.update_user(w.user_ids["owner"], full_name="x"), "admin owner"),
    "delete_user": (lambda s, w: s.user_service.delete_user(w.user_ids["owner"]), "admin"),
}
KEYS: dict[str, tuple[Call, str]] = {
    "create_key, admin": (lambda s, _: s.key_service.create_key("admin"), "admin"),
    "create_key, service": (lambda s, _: s.key_service.create_key("service"), "admin"),
    "create_key, user": (lambda s, w: s.key_service.create_key("user", user_id=w.user_ids["owner"]), "admin owner"),
    "adopt_key": (lambda s, _: s.key_service._operations.adopt("tk_" + "x" * 32), "admin"),
    "list_keys, all": (lambda s, _: s.key_service.list_keys(), "admin"),
    "list_keys, of a user": (lambda s, w: s.key_service.list_keys(w.user_ids["owner"]), "admin owner"),
    "get_key, of a user": (lambda s, w: s.key_service.get_key(w.key_prefix), "admin owner"),
    "get_key, service": (lambda s, w: s.key_service.get_key(w.service_key_prefix), "admin"),
    "revoke_key, of a user": (lambda s, w: s.key_service.revoke_key(w.key_prefix), "admin owner"),
    "revoke_key, service": (lambda s, w: s.key_service.revoke_key(w.service_key_prefix), "admin"),
}
THREADS: dict[str, tuple[Call, str]] = {
    "create_thread": (lambda s, _: s.thread_service.create_thread(), " ".join(CALLERS)),
    "create_thread, for another": (
        lambda s, w: s.thread_service.create_thread(owner_id=w.user_ids["owner"]),
        "admin service owner",
    ),
    "get_thread": (lambda s, w: s.thread_service.get_thread(w.thread_id), "admin service owner participant sender"),
    "list_threads": (lambda s, w: s.thread_service.list_threads(w.user_ids["owner"]), "admin service owner"),
    "list_thread_records": (
        lambda s, w: s.thread_service.list_thread_records(w.user_ids["owner"]),
        "admin service owner",
    ),
    "find_threads": (lambda s, _: s.thread_service.find_threads(), " ".join(CALLERS)),
    "update_thread": (lambda s, w: s.thread_service.update_thread(w.thread_id, meta_data={}), "admin service owner"),
    "update_metadata": (lambda s, w: s.thread_service.update_metadata(w.thread_id, {}), "admin service owner"),
    "delete_thread": (lambda s, w: s.thread_service.delete_thread(w.thread_id), "admin service owner"),
}
MESSAGES: dict[str, tuple[Call, str]] = {
    "create_message": (
        lambda s, w: s.message_service.create_message(w.thread_id, "x"),
        "admin service owner participant sender",
    ),
    "create_message, assistant": (
        lambda s, w: s.message_service.create_message(w.thread_id, "x", "assistant"),
        "admin service owner participant sender",
    ),
    "create_message, as a user": (
        lambda s, w: s.message_service.create_message(w.thread_id, "x", sender_id=w.user_ids["sender"]),
        "admin service sender",
    ),
    "create_message, assistant as a user": (
        lambda s, w: s.message_service.create_message(w.thread_id, "x", "assistant", sender_id=w.user_ids["sender"]),
        "admin service sender",
    ),
    "create_messages": (
        lambda s, w: s.message_service.create_messages(w.thread_id, [{"content": "x"}] * 2),
        "admin service owner participant sender",
    ),
    "append_chunk": (
        lambda s, w: s.message_service.append_chunk(w.thread_id, "x", is_last=False),
        "admin service owner participant sender",
    ),
    "submit_tool_output": (
        lambda s, w: s.message_service.submit_tool_output(w.thread_id, "x"),
        "admin service owner participant sender",
    ),
    "get_message": (
        lambda s, w: s.message_service.get_message(w.message_id),
        "admin service owner participant sender",
    ),
    "list_messages": (
        lambda s, w: s.message_service.list_messages(w.thread_id),
        "admin service owner participant sender",
    ),
    "get_formatted_messages": (
        lambda s, w: s.message_service.get_formatted_messages(w.thread_id),
        "admin service owner participant sender",
    ),
    "update_message": (
        lambda s, w: s.message_service.update_message(w.message_id, content="y"),
        "admin service owner sender",
    ),
    "delete_message": (lambda s, w: s.message_service.delete_message(w.message_id), "admin service owner sender"),
}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    ("call", "allowed"),
    [pytest.param(*row, id=name) for table in (USERS, KEYS, THREADS, MESSAGES) for name, row in table.items()],
)
async def test_call_works_for_whom_it_is_meant_and_nobody_else(
    world: World, call: Call, allowed: str, caller: str
) -> None:
    services = world.acting_as(caller)

    if caller in allowed.split():
        await call(services, world)
    else:
        with pytest.raises(Forbidden, match="This key may not") as refused:
            await call(services, world)
        assert refused.value.status == 403


def test_every_action_says_who_may_do_it() -> None:
    assert all(standings >= {"admin"} for standings in RIGHTS.values())


async def test_user_owns_the_threads_it_makes(world: World) -> None:
    stranger = world.user_ids["stranger"]

    thread = await world.acting_as("stranger").thread_service.create_thread([world.user_ids["owner"]])

    assert thread.owner_id == stranger
    assert set(thread.participant_ids) == {stranger, world.user_ids["owner"]}


async def test_user_finds_only_threads_it_takes_part_in(world: World) -> None:
    own = await world.acting_as("stranger").thread_service.create_thread()

    seen = {
        name: [thread.id for thread in await world.acting_as(name).thread_service.find_threads()]
        for name in ("owner", "participant", "stranger")
    }
    asked = await world.acting_as("stranger").thread_service.find_threads(participant=world.user_ids["owner"])

    assert seen == {"owner": [world.thread_id], "participant": [world.thread_id], "stranger": [own.id]}
    assert asked == []


async def test_cursor_tells_a_stranger_nothing_of_a_thread(world: World) -> None:
    for cursor in (world.thread_id, "thread_unknown"):
        with pytest.raises(UnknownCursor, match="is not an entry of this list"):
            await world.acting_as("stranger").thread_service.find_threads(after=cursor)


async def test_user_speaks_in_its_own_name(world: World) -> None:
    message = await world.acting_as("participant").message_service.create_message(world.thread_id, "x")

    assert message.sender_id == world.user_ids["participant"]


async def test_user_cannot_make_a_message_of_another_its_words_as_a_user(world: World) -> None:
    assistant = await world.keep.message_service.create_message(
        world.thread_id, "x", "assistant", sender_id=world.user_ids["sender"]
    )

    with pytest.raises(Forbidden):
        await world.acting_as("owner").message_service.update_message(assistant.id, role="user")


async def test_sender_who_left_the_thread_cannot_change_what_was_said(world: World) -> None:
    await world.keep.thread_service.update_thread(world.thread_id, participant_ids=[world.user_ids["owner"]])

    for change in (
        world.acting_as("sender").message_service.update_message(world.message_id, content="y"),
        world.acting_as("sender").message_service.delete_message(world.message_id),
    ):
        with pytest.raises(Forbidden):
            await change


async def test_nothing_is_written_for_who_may_not_write(world: World) -> None:
    before = await world.keep.thread_service.get_thread(world.thread_id)

    for call, allowed in {**THREADS, **MESSAGES}.values():
        if "stranger" not in allowed:
            with pytest.raises(Forbidden):
                await call(world.acting_as("stranger"), world)

    assert await world.keep.thread_service.get_thread(world.thread_id) == before
    assert len(await world.keep.message_service.list_messages(world.thread_id)) == 1


async def test_admin_bound_to_a_user_cannot_delete_it(world: World) -> None:
    bound = world.keep.acting_as(Caller("admin", world.user_ids["owner"]))

    with pytest.raises(Forbidden, match="its own user"):
        await bound.user_service.delete_user(world.user_ids["owner"])
