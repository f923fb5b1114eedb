"""Writers of external ids that are interrupted at any step, and writers in several processes at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import AutoReconnect

from threadkeep.errors import EmailTaken, ExternalIdTaken, UserNotFound
from threadkeep.services import Caller, RequestIds, external_ids
from threadkeep.services.creation import ensured_users
from threadkeep.services.creation import threads as thread_creation
from threadkeep.tests.factories import make_user
from threadkeep.tests.faults.consistency import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from threadkeep.tests.faults.conftest import Pair

Step = tuple[object, str]
THREAD_STEPS: list[Step] = [
    (thread_creation, "_insert"),
    (external_ids.ExternalIdClaim, "take"),
    (thread_creation, "reveal"),
]
USER_STEPS: list[Step] = [(external_ids.ExternalIdClaim, "take"), (ensured_users, "insert_user")]


class Killed(Exception):
    """Ends an operation as the end of its process would: nothing repeats the operation."""


WHEN = pytest.mark.parametrize("when", ["before", "after"])


def interrupt(monkeypatch: pytest.MonkeyPatch, step: Step, when: str) -> Callable[[], None]:
    """Make the step fail before or after its write, as if the process were killed. Returns a function that ends this."""
    owner, name = step
    original: Any = getattr(owner, name)

    async def interrupted(*args: Any, **options: Any) -> None:
        if when == "after":
            await original(*args, **options)
        raise Killed

    monkeypatch.setattr(owner, name, interrupted)
    return lambda: monkeypatch.setattr(owner, name, original)


def break_once(monkeypatch: pytest.MonkeyPatch, step: Step, when: str) -> None:
    """Let the connection break once, before or after the write of the step."""
    owner, name = step
    original: Any = getattr(owner, name)
    broken = False

    async def breaking(*args: Any, **options: Any) -> Any:
        nonlocal broken
        if broken or when == "after":
            result = await original(*args, **options)
        if broken:
            return result
        broken = True
        raise AutoReconnect

    monkeypatch.setattr(owner, name, breaking)


async def fails(work: Coroutine[Any, Any, object]) -> None:
    with pytest.raises(Killed):
        await work


@WHEN
@pytest.mark.parametrize("step", THREAD_STEPS, ids=lambda step: step[1])
async def test_a_writer_that_is_killed_leaves_one_thread_or_none(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: Step, when: str
) -> None:
    one, other = keeps
    ada = await make_user(one)
    go_on = interrupt(monkeypatch, step, when)
    await fails(one.thread_service.ensure_thread("chat/12", [ada.id]))
    go_on()

    threads = await asyncio.gather(
        *(keep.thread_service.ensure_thread("chat/12", [ada.id]) for keep in (one, other) * 3)
    )
    await sweep(other)

    assert len({thread.id for thread in threads}) == 1
    assert await one.thread_service.list_threads(ada.id) == [threads[0].id]
    assert await other.thread_service.get_thread_by_external_id("chat/12") == threads[0]
    assert await one.runtime.documents.threads.count_documents({}) == 1
    assert await one.runtime.documents.external_ids.count_documents({}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("step", THREAD_STEPS, ids=lambda step: step[1])
async def test_the_sweeper_frees_the_name_of_an_unfinished_thread(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    one, other = keeps
    ada = await make_user(one)
    go_on = interrupt(monkeypatch, step, "before")
    await fails(one.thread_service.ensure_thread("chat/12", [ada.id]))
    go_on()
    await sweep(other)

    thread = await other.thread_service.ensure_thread("chat/12", [ada.id])

    assert await one.thread_service.get_thread_by_external_id("chat/12") == thread
    assert await one.runtime.documents.threads.count_documents({}) == 1


@pytest.mark.slow
@WHEN
@pytest.mark.parametrize("step", USER_STEPS, ids=lambda step: step[1])
async def test_a_writer_that_is_killed_leaves_one_user_or_none(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: Step, when: str
) -> None:
    one, other = keeps
    go_on = interrupt(monkeypatch, step, when)
    await fails(one.user_service.ensure_user("alice", email="alice@example.org"))
    go_on()

    users = await asyncio.gather(
        *(keep.user_service.ensure_user("alice", email="alice@example.org") for keep in (one, other) * 3)
    )

    assert len({user.id for user in users}) == 1
    assert await other.user_service.list_users() == [users[0]]
    assert await one.user_service.get_user_by_external_id("alice") == users[0]


@pytest.mark.slow
@WHEN
@pytest.mark.parametrize("step", THREAD_STEPS, ids=lambda step: step[1])
@pytest.mark.parametrize("method", ["ensure_thread", "create_thread"])
async def test_a_thread_is_created_although_the_connection_breaks_once(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: Step, when: str, method: str
) -> None:
    one, other = keeps
    ada = await make_user(one)
    break_once(monkeypatch, step, when)

    thread = await getattr(one.thread_service, method)(external_id="chat/12", participant_ids=[ada.id])

    assert thread.external_id == "chat/12"
    assert await other.thread_service.get_thread_by_external_id("chat/12") == thread
    assert await other.thread_service.list_threads(ada.id) == [thread.id]


@pytest.mark.slow
@WHEN
@pytest.mark.parametrize("step", USER_STEPS, ids=lambda step: step[1])
@pytest.mark.parametrize("method", ["ensure_user", "create_user"])
async def test_a_user_is_created_although_the_connection_breaks_once(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: Step, when: str, method: str
) -> None:
    one, other = keeps
    break_once(monkeypatch, step, when)

    user = await getattr(one.user_service, method)(external_id="alice", email="alice@example.org")

    assert await other.user_service.list_users() == [user]
    assert await other.user_service.get_user_by_external_id("alice") == user


async def test_a_retry_returns_only_what_its_first_try_created(keeps: Pair) -> None:
    one, other = keeps
    ids = RequestIds("seed", 0)
    first = one.acting_as(Caller("admin", request_ids=ids))
    retry = other.acting_as(Caller("admin", request_ids=replace(ids, is_retry=True)))
    bob = await other.user_service.create_user(external_id="bob", full_name="Bob")

    user = await first.user_service.create_user(external_id="alice", full_name="Alice")
    thread = await first.thread_service.create_thread(external_id="chat/12")

    assert await retry.user_service.create_user(external_id="alice", full_name="Alice") == user
    assert await retry.thread_service.create_thread(external_id="chat/12") == thread
    with pytest.raises(ExternalIdTaken) as raised:
        await retry.user_service.create_user(external_id="bob", full_name="Alice")
    assert raised.value.facts["user_id"] == bob.id


async def test_a_refused_change_leaves_the_external_id_free(keeps: Pair) -> None:
    one, other = keeps
    await make_user(one, email="ada@example.org")
    bob = await make_user(one)

    with pytest.raises(EmailTaken):
        await one.user_service.update_user(bob.id, external_id="bob", email="ada@example.org")

    with pytest.raises(UserNotFound):
        await other.user_service.get_user_by_external_id("bob")


@pytest.mark.slow
async def test_a_deletion_and_new_first_writers_leave_one_thread(keeps: Pair) -> None:
    one, other = keeps
    ada = await make_user(one)

    for _ in range(5):
        thread = await one.thread_service.ensure_thread("chat/12", [ada.id])
        _, *threads = await asyncio.gather(
            one.thread_service.delete_thread(thread.id),
            *(keep.thread_service.ensure_thread("chat/12", [ada.id]) for keep in (one, other) * 2),
        )
        living = {found.id for found in threads} - {thread.id}

        assert await other.thread_service.list_threads(ada.id) == list(living)
