from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, NotFoundError, PermissionDeniedError

from threadkeep.tests.routers.openai.sdk_validation import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai import OpenAI

    from threadkeep.client import Client


@pytest.fixture
def users(native: Client, sdk_of: Callable[[str], OpenAI]) -> dict[str, tuple[str, OpenAI]]:
    """An owner, a participant and a stranger: the id of each user, and the SDK with a key of the user."""
    found = {}
    for name in ("owner", "participant", "stranger"):
        user = native.user_service.create_user(full_name=name)
        found[name] = user.id, sdk_of(native.key_service.create_key("user", user_id=user.id).plain_key)
    return found


def test_a_thread_belongs_to_the_user_of_the_key(native: Client, users: dict[str, tuple[str, OpenAI]]) -> None:
    user_id, sdk = users["owner"]

    thread = checked(sdk.beta.threads.create(messages=[{"role": "user", "content": "x"}]))

    found = native.thread_service.get_thread(thread.id)
    assert (found.owner_id, found.participant_ids) == (user_id, [user_id])
    [message] = native.message_service.list_messages(thread.id)
    assert message.sender_id == user_id
    assert native.thread_service.list_threads(user_id) == [thread.id]


def test_threads_of_other_users_are_not_found(users: dict[str, tuple[str, OpenAI]]) -> None:
    owner, stranger = users["owner"][1], users["stranger"][1]
    thread = owner.beta.threads.create(messages=[{"role": "user", "content": "x"}])
    [message] = owner.beta.threads.messages.list(thread.id).data
    own = stranger.beta.threads.create()
    item: Any = {"role": "user", "content": "x"}
    calls: list[Callable[[str], object]] = [
        stranger.beta.threads.retrieve,
        stranger.beta.threads.delete,
        lambda thread_id: stranger.beta.threads.update(thread_id, metadata={"a": "b"}),
        stranger.beta.threads.messages.list,
        lambda thread_id: stranger.beta.threads.messages.list(thread_id, after=message.id),
        lambda thread_id: stranger.beta.threads.messages.create(thread_id, role="user", content="x"),
        lambda thread_id: stranger.beta.threads.messages.retrieve(message.id, thread_id=thread_id),
        lambda thread_id: stranger.beta.threads.messages.update(message.id, thread_id=thread_id, metadata={"a": "b"}),
        lambda thread_id: stranger.beta.threads.messages.delete(message.id, thread_id=thread_id),
        stranger.conversations.retrieve,
        stranger.conversations.delete,
        lambda thread_id: stranger.conversations.update(thread_id, metadata={"a": "b"}),
        stranger.conversations.items.list,
        lambda thread_id: stranger.conversations.items.create(thread_id, items=[item]),
        lambda thread_id: stranger.conversations.items.retrieve(message.id, conversation_id=thread_id),
        lambda thread_id: stranger.conversations.items.delete(message.id, conversation_id=thread_id),
    ]

    for call in calls:
        answers = []
        for thread_id in (thread.id, "thread_0000000000000000000000"):
            with pytest.raises(NotFoundError) as refused:
                call(thread_id)
            answers.append(str(refused.value.body).replace(thread_id, "…"))
        assert answers[0] == answers[1]
    with pytest.raises(BadRequestError):
        stranger.beta.threads.messages.list(own.id, after=message.id)
    for named in (message.id, "msg_0000000000000000000000"):
        with pytest.raises(NotFoundError, match=f"Item with id '{named}' not found"):
            stranger.conversations.items.create(own.id, items=[{"type": "item_reference", "id": named}])
    assert owner.beta.threads.messages.list(thread.id).data == [message]


def test_participants_read_and_write_and_other_actions_are_forbidden(
    native: Client, users: dict[str, tuple[str, OpenAI]]
) -> None:
    (owner_id, owner), (participant_id, participant) = users["owner"], users["participant"]
    thread = owner.beta.threads.create(messages=[{"role": "user", "content": "x"}])
    native.thread_service.update_thread(thread.id, participant_ids=[owner_id, participant_id])
    [message] = participant.beta.threads.messages.list(thread.id).data

    written = participant.beta.threads.messages.create(thread.id, role="user", content="y")
    forbidden: list[Callable[[], object]] = [
        lambda: participant.beta.threads.delete(thread.id),
        lambda: participant.beta.threads.update(thread.id, metadata={"a": "b"}),
        lambda: participant.conversations.delete(thread.id),
        lambda: participant.conversations.update(thread.id, metadata={"a": "b"}),
        lambda: participant.beta.threads.messages.delete(message.id, thread_id=thread.id),
        lambda: participant.beta.threads.messages.update(message.id, thread_id=thread.id, metadata={"a": "b"}),
        lambda: participant.conversations.items.delete(message.id, conversation_id=thread.id),
    ]

    for call in forbidden:
        with pytest.raises(PermissionDeniedError) as refused:
            call()
        assert refused.value.code == "insufficient_permissions"
    assert native.message_service.get_message(written.id).sender_id == participant_id
    assert participant.beta.threads.messages.delete(written.id, thread_id=thread.id).deleted


def test_a_thread_of_a_service_is_not_found_by_users(sdk: OpenAI, users: dict[str, tuple[str, OpenAI]]) -> None:
    thread = sdk.beta.threads.create()

    with pytest.raises(NotFoundError):
        users["stranger"][1].beta.threads.retrieve(thread.id)
