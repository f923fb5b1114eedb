"""Each call of the services needs an action of `RIGHTS`. It succeeds for callers with this right and is refused for others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import pytest

from threadkeep.errors import Conflict, Forbidden, UnknownCursor
from threadkeep.services import Caller, Services
from threadkeep.services.participants import describe
from threadkeep.services.rights import RIGHTS, Action
from threadkeep.tests.factories import make_users
from threadkeep.tests.rights_table import ALL_CALLERS, callers_allowed

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

MANAGE: Action = "manage the keys of this user"
MANAGE_ALL: Action = "manage keys of any scope"
READ: Action = "read this thread"
WRITE: Action = "write messages to this thread"
CHANGE: Action = "change this message"
EVERYONE = frozenset(ALL_CALLERS)
STAFF_AND_SENDER = frozenset({"admin", "service", "sender"})


@dataclass(frozen=True)
class World:
    """A thread with an owner, a participant, and a sender who has sent one message."""

    keep: Threadkeep
    user_ids: dict[str, str]
    thread_id: str
    message_id: str
    key_prefix: str
    service_key_prefix: str

    def caller(self, name: str) -> Caller:
        staff = {"admin": Caller("admin"), "service": Caller("service")}.get(name)
        return staff or Caller("user", self.user_ids[name])

    def acting_as(self, name: str) -> Services:
        return self.keep.acting_as(self.caller(name))


@pytest.fixture
async def world(keep_in_memory: Threadkeep) -> World:
    keep = keep_in_memory
    names = ("owner", "participant", "sender", "stranger", "friend")
    ids = dict(zip(names, (user.id for user in await make_users(keep, len(names))), strict=True))
    await keep.user_service.create_user(external_id="named")
    thread = await keep.thread_service.create_thread([ids["owner"], ids["participant"], ids["sender"]])
    message = await keep.message_service.create_message(thread.id, "x", sender_id=ids["sender"])
    await keep.thread_service.create_thread([ids["friend"], ids["owner"]])
    key = await keep.key_service.create_key("user", user_id=ids["owner"])
    service_key = await keep.key_service.create_key("service")
    return World(keep, ids, thread.id, message.id, key.details.prefix, service_key.details.prefix)


Call = Callable[[Services, World], Awaitable[Any]]
Row = tuple[Call, Action | frozenset[str]]
"""A call, and the action of `RIGHTS` that it needs. If rights alone do not decide, the names of its callers."""
USERS: dict[str, Row] = {
    "create_user": (lambda s, _: s.user_service.create_user(), "create users"),
    "create_user, external id": (lambda s, _: s.user_service.create_user(external_id="x"), "create users"),
    "ensure_user, new": (lambda s, _: s.user_service.ensure_user("x"), "create users"),
    "ensure_user, known": (lambda s, _: s.user_service.ensure_user("named"), "find users by external id"),
    "get_user_by_external_id": (
        lambda s, _: s.user_service.get_user_by_external_id("named"),
        "find users by external id",
    ),
    "list_users": (lambda s, _: s.user_service.list_users(), "list users"),
    "get_user": (lambda s, w: s.user_service.get_user(w.user_ids["owner"]), "read this user"),
    "update_user": (lambda s, w: s.user_service.update_user(w.user_ids["owner"], full_name="x"), "change this user"),
    "update_user, identity": (
        lambda s, w: s.user_service.update_user(w.user_ids["owner"], email="a@example.com"),
        "set identity fields of users",
    ),
    "delete_user": (lambda s, w: s.user_service.delete_user(w.user_ids["owner"]), "delete users"),
}
KEYS: dict[str, Row] = {
    "create_key, admin": (lambda s, _: s.key_service.create_key("admin"), MANAGE_ALL),
    "create_key, service": (lambda s, _: s.key_service.create_key("service"), MANAGE_ALL),
    "create_key, user": (lambda s, w: s.key_service.create_key("user", user_id=w.user_ids["owner"]), MANAGE),
    "adopt_key": (lambda s, _: s.key_service._operations.adopt("tk_" + "x" * 32), MANAGE_ALL),  # noqa: SLF001  no public method adopts a key
    "list_keys, all": (lambda s, _: s.key_service.list_keys(), MANAGE_ALL),
    "list_keys, of a user": (lambda s, w: s.key_service.list_keys(w.user_ids["owner"]), MANAGE),
    "get_key, of a user": (lambda s, w: s.key_service.get_key(w.key_prefix), MANAGE),
    "get_key, service": (lambda s, w: s.key_service.get_key(w.service_key_prefix), MANAGE_ALL),
    "revoke_key, of a user": (lambda s, w: s.key_service.revoke_key(w.key_prefix), MANAGE),
    "revoke_key, service": (lambda s, w: s.key_service.revoke_key(w.service_key_prefix), MANAGE_ALL),
}
THREADS: dict[str, Row] = {
    "create_thread": (lambda s, _: s.thread_service.create_thread(), EVERYONE),
    "create_thread, for another": (
        lambda s, w: s.thread_service.create_thread(owner_id=w.user_ids["owner"]),
        "create threads",
    ),
    "create_thread, external id": (lambda s, _: s.thread_service.create_thread(external_id="x"), EVERYONE),
    "ensure_thread": (lambda s, _: s.thread_service.ensure_thread("x"), EVERYONE),
    "get_thread": (lambda s, w: s.thread_service.get_thread(w.thread_id), READ),
    "list_threads": (lambda s, w: s.thread_service.list_threads(w.user_ids["owner"]), "list the threads of this user"),
    "list_thread_records": (
        lambda s, w: s.thread_service.list_thread_records(w.user_ids["owner"]),
        "list the threads of this user",
    ),
    "find_threads": (lambda s, _: s.thread_service.find_threads(), EVERYONE),
    "update_thread": (lambda s, w: s.thread_service.update_thread(w.thread_id, meta_data={}), "change this thread"),
    "update_metadata": (lambda s, w: s.thread_service.update_metadata(w.thread_id, {}), "change this thread"),
    "update_thread, a stranger added": (
        lambda s, w: s.thread_service.update_thread(w.thread_id, participant_ids=[w.user_ids["stranger"]]),
        "add any user to a thread",
    ),
    "update_thread, a friend of the owner added": (
        lambda s, w: s.thread_service.update_thread(w.thread_id, participant_ids=[w.user_ids["friend"]]),
        "add users to a thread who share another thread with its owner",
    ),
    "remove_participant": (
        lambda s, w: s.thread_service.remove_participant(w.thread_id, w.user_ids["sender"]),
        frozenset({"admin", "service", "owner", "sender"}),
    ),
    "delete_thread": (lambda s, w: s.thread_service.delete_thread(w.thread_id), "delete this thread"),
}
MESSAGES: dict[str, Row] = {
    "create_message": (lambda s, w: s.message_service.create_message(w.thread_id, "x"), WRITE),
    "create_message, assistant": (lambda s, w: s.message_service.create_message(w.thread_id, "x", "assistant"), WRITE),
    "create_message, as a user": (
        lambda s, w: s.message_service.create_message(w.thread_id, "x", sender_id=w.user_ids["sender"]),
        STAFF_AND_SENDER,
    ),
    "create_message, assistant as a user": (
        lambda s, w: s.message_service.create_message(w.thread_id, "x", "assistant", sender_id=w.user_ids["sender"]),
        STAFF_AND_SENDER,
    ),
    "create_messages": (lambda s, w: s.message_service.create_messages(w.thread_id, [{"content": "x"}] * 2), WRITE),
    "append_chunk": (lambda s, w: s.message_service.append_chunk(w.thread_id, "x", is_last=False), WRITE),
    "submit_tool_output": (lambda s, w: s.message_service.submit_tool_output(w.thread_id, "x"), WRITE),
    "get_message": (lambda s, w: s.message_service.get_message(w.message_id), READ),
    "list_messages": (lambda s, w: s.message_service.list_messages(w.thread_id), READ),
    "get_formatted_messages": (lambda s, w: s.message_service.get_formatted_messages(w.thread_id), READ),
    "context": (lambda s, w: s.message_service.context(w.thread_id, 1000), READ),
    "update_message": (lambda s, w: s.message_service.update_message(w.message_id, content="y"), CHANGE),
    "delete_message": (lambda s, w: s.message_service.delete_message(w.message_id), CHANGE),
}
REST: dict[str, Row] = {
    "create_import": (lambda s, _: s.import_service.create_import(b"x"), EVERYONE),
    "create_import, for another": (
        lambda s, w: s.import_service.create_import(b"x", owner_id=w.user_ids["owner"]),
        "import conversations",
    ),
    "list_imports": (lambda s, _: s.import_service.list_imports(), EVERYONE),
    "list_entries": (lambda s, _: s.audit_service.list_entries(), "read the audit trail"),
}
TABLES = (USERS, KEYS, THREADS, MESSAGES, REST)
TESTED_ELSEWHERE: dict[Action, str] = {
    "read metrics": "tests/routers/test_rights.py",
    "read analytics": "tests/routers/test_rights.py",
    "see the e-mail address of a participant": "test_names_and_emails_of_participants_are_shown_only_to_callers_with_the_right",
    "see the name of a participant": "test_names_and_emails_of_participants_are_shown_only_to_callers_with_the_right",
    "remove this participant": "test_every_participant_but_the_owner_may_leave_a_thread",
}


def callers_with(allowed: Action | frozenset[str]) -> frozenset[str]:
    return allowed if isinstance(allowed, frozenset) else callers_allowed(allowed)


@pytest.mark.parametrize("caller", ALL_CALLERS)
@pytest.mark.parametrize(
    ("call", "allowed"),
    [pytest.param(*row, id=name) for table in TABLES for name, row in table.items()],
)
async def test_a_call_succeeds_only_for_callers_with_the_right(
    world: World, call: Call, allowed: Action | frozenset[str], caller: str
) -> None:
    services = world.acting_as(caller)

    if caller in callers_with(allowed):
        await call(services, world)
    else:
        with pytest.raises(Forbidden, match="This key may not") as refused:
            await call(services, world)
        assert refused.value.status == 403


def test_every_action_has_its_callers_and_is_tested() -> None:
    tested = {allowed for table in TABLES for _, allowed in table.values() if isinstance(allowed, str)}

    assert set(RIGHTS) == set(get_args(Action)) == tested | set(TESTED_ELSEWHERE)
    assert all(standings >= {"admin"} for standings in RIGHTS.values())


@pytest.mark.parametrize("names", [False, True])
async def test_names_and_emails_of_participants_are_shown_only_to_callers_with_the_right(
    world: World,
    names: bool,  # noqa: FBT001
) -> None:
    documents, ids = world.keep.runtime.documents, world.user_ids
    for name in ids:
        await world.keep.user_service.update_user(ids[name], email=f"{name}@example.com", full_name=name)

    for caller in ALL_CALLERS:
        seen = await describe(documents, world.caller(caller), [ids["owner"]], names=names)

        email = "owner@example.com" if caller in callers_allowed("see the e-mail address of a participant") else None
        full_name = "owner" if names or caller in callers_allowed("see the name of a participant") else None
        assert seen == [{"id": ids["owner"], "email": email, "full_name": full_name}], caller


async def test_every_participant_but_the_owner_may_leave_a_thread(world: World) -> None:
    left = await world.acting_as("participant").thread_service.remove_participant(
        world.thread_id, world.user_ids["participant"]
    )
    with pytest.raises(Conflict, match="The owner stays a participant"):
        await world.acting_as("owner").thread_service.remove_participant(world.thread_id, world.user_ids["owner"])
    thread = await world.keep.thread_service.get_thread(world.thread_id)

    assert left == {"id": world.user_ids["participant"], "object": "thread.participant.deleted", "deleted": True}
    assert thread.participant_ids == [world.user_ids["owner"], world.user_ids["sender"]]
    with pytest.raises(Forbidden):
        await world.acting_as("participant").thread_service.get_thread(world.thread_id)


async def test_a_user_owns_the_threads_it_creates(world: World) -> None:
    stranger = world.user_ids["stranger"]

    thread = await world.acting_as("stranger").thread_service.create_thread()

    assert (thread.owner_id, thread.participant_ids) == (stranger, [stranger])


async def test_a_user_finds_only_threads_it_takes_part_in(world: World) -> None:
    own = await world.acting_as("stranger").thread_service.create_thread()

    seen = {
        name: [thread.id for thread in await world.acting_as(name).thread_service.find_threads()]
        for name in ("owner", "participant", "stranger")
    }
    asked = await world.acting_as("stranger").thread_service.find_threads(participant=world.user_ids["owner"])

    seen["owner"] = [thread_id for thread_id in seen["owner"] if thread_id == world.thread_id]
    assert seen == {"owner": [world.thread_id], "participant": [world.thread_id], "stranger": [own.id]}
    assert asked == []


async def test_a_cursor_does_not_reveal_to_a_stranger_that_a_thread_exists(world: World) -> None:
    for cursor in (world.thread_id, "thread_unknown"):
        with pytest.raises(UnknownCursor, match="is not an entry of this list"):
            await world.acting_as("stranger").thread_service.find_threads(after=cursor)


async def test_the_sender_of_a_message_is_the_user_of_the_caller(world: World) -> None:
    message = await world.acting_as("participant").message_service.create_message(world.thread_id, "x")

    assert message.sender_id == world.user_ids["participant"]


async def test_a_user_cannot_change_the_role_of_a_message_of_another_sender(world: World) -> None:
    assistant = await world.keep.message_service.create_message(
        world.thread_id, "x", "assistant", sender_id=world.user_ids["sender"]
    )

    with pytest.raises(Forbidden):
        await world.acting_as("owner").message_service.update_message(assistant.id, role="user")


async def test_a_sender_who_left_the_thread_cannot_change_its_messages(world: World) -> None:
    await world.keep.thread_service.update_thread(world.thread_id, participant_ids=[world.user_ids["owner"]])

    for change in (
        world.acting_as("sender").message_service.update_message(world.message_id, content="y"),
        world.acting_as("sender").message_service.delete_message(world.message_id),
    ):
        with pytest.raises(Forbidden):
            await change


async def test_a_refused_call_stores_nothing(world: World) -> None:
    before = await world.keep.thread_service.get_thread(world.thread_id)

    for call, allowed in {**THREADS, **MESSAGES}.values():
        if "stranger" not in allowed:
            with pytest.raises(Forbidden):
                await call(world.acting_as("stranger"), world)

    assert await world.keep.thread_service.get_thread(world.thread_id) == before
    assert len(await world.keep.message_service.list_messages(world.thread_id)) == 1


async def test_an_admin_caller_with_a_user_cannot_delete_this_user(world: World) -> None:
    bound = world.keep.acting_as(Caller("admin", world.user_ids["owner"]))

    with pytest.raises(Forbidden, match="its own user"):
        await bound.user_service.delete_user(world.user_ids["owner"])
