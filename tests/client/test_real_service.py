from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import (
    Forbidden,
    IdempotencyMismatch,
    KeyNotFound,
    MessageNotFound,
    NotFound,
    PreconditionFailed,
    ThreadNotFound,
    Unauthorized,
    UserNotFound,
)

if TYPE_CHECKING:
    from threadkeep.tests.client.conftest import Connect
    from threadkeep.tests.live_server import LiveServer


@pytest.fixture
def client(connect: Connect, live_server: LiveServer) -> Any:
    """A client of a real service, with an admin key."""
    return connect(live_server.url, live_server.admin_key)


def test_code_for_the_older_client_runs(client: Any) -> None:
    user = client.user_service.create_user(name="Ada")
    thread = client.thread_service.create_thread(participant_ids=[user.id])
    shown = thread.dict()

    assert type(shown) is dict
    assert [*shown][:5] == ["id", "created_at", "meta_data", "object", "tool_resources"]
    assert shown["meta_data"] == {"topic": ""}
    assert client.thread_service.list_threads(user_id=user.id) == [thread.id]

    client.message_service.create_message(thread_id=thread.id, content="Hello", role="user", sender_id=user.id)
    (message,) = client.message_service.list_messages(thread_id=thread.id)

    assert message["content"] == message.content == dict(message)["content"] == "Hello"
    assert message.sender_id == user.id

    client.thread_service.delete_thread(thread_id=thread.id)

    assert client.thread_service.list_threads(user_id=user.id) == []


def test_user_calls_reach_the_service(client: Any) -> None:
    ada = client.user_service.create_user(email="ada@example.org", full_name="Ada")
    bob = client.user_service.create_user(name="Bob")

    assert client.user_service.get_user(ada.id) == ada
    assert client.user_service.list_users(email="ada@example.org") == [ada]
    assert [*client.user_service.iter_users(limit=1, order="asc")] == [ada, bob]
    assert client.user_service.update_user(ada.id, email=None).email is None
    assert client.user_service.delete_user(bob.id).success
    with pytest.raises(UserNotFound, match=bob.id):
        client.user_service.get_user(bob.id)


def test_thread_calls_reach_the_service(client: Any) -> None:
    ada, bob = (client.user_service.create_user() for _ in range(2))
    first = client.thread_service.create_thread([ada.id, bob.id], {"a.b": "$ü"}, {"x": [None]}, owner_id=bob.id)
    second = client.thread_service.create_thread([ada.id], {}, messages=[{"content": "Hi"}, {"content": "Ho"}])

    assert (first.owner_id, first.tool_resources, second.meta_data) == (bob.id, {"x": [None]}, {})
    assert client.thread_service.get_thread(first.id) == first
    assert client.thread_service.list_threads(ada.id, limit=1) == [second.id]
    assert client.thread_service.find_threads(ada.id, bob.id, {"a.b": "$ü"}) == [first]
    assert [*client.thread_service.iter_threads(sort="created", order="asc", limit=1)] == [first, second]
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
    assert client.thread_service.find_threads(created_after=later) == []
    assert len(client.thread_service.find_threads(created_before=later)) == 2

    changed = client.thread_service.update_thread(first.id, meta_data={"more": 1}, expected_revision=first.revision)
    assert changed.meta_data == {"a.b": "$ü", "more": 1}
    assert client.thread_service.get_thread(first.id) == changed
    with pytest.raises(PreconditionFailed):
        client.thread_service.update_metadata(first.id, {}, expected_revision=first.revision)
    assert client.thread_service.update_metadata(first.id, {}).meta_data == {}
    assert client.thread_service.delete_thread(first.id).deleted
    with pytest.raises(ThreadNotFound):
        client.thread_service.delete_thread(first.id)


def test_message_calls_reach_the_service(client: Any) -> None:
    service = client.message_service
    thread = client.thread_service.create_thread()
    first = service.create_message(thread.id, "one", client_id="1", expected_seq=0)
    rest = service.create_messages(thread.id, [{"content": "two", "role": "assistant"}, {"content": "three"}])
    tool = service.submit_tool_output(thread.id, "42", tool_call_id="call_1")
    everything = [first, *rest, tool]

    assert service.create_message(thread.id, "one", client_id="1") == first
    with pytest.raises(PreconditionFailed):
        service.create_message(thread.id, "late", expected_seq=1)
    assert service.get_message(tool.id, thread_id=thread.id) == service.get_message(tool.id) == tool
    assert service.list_messages(thread.id) == everything
    page = service.list_messages(thread.id, 2, order="desc")
    assert (page, page.has_more, str(page.next_cursor).partition("@")[0]) == ([tool, rest[1]], True, rest[1].id)
    assert service.list_messages(thread.id, before=rest[1].id) == [first, rest[0]]
    assert [*service.iter_messages(thread.id, limit=1)] == everything
    assert [*service.iter_messages(thread.id, limit=1, after=first.id, before=tool.id)] == rest
    assert [*service.iter_messages(thread.id, limit=1, before=tool.id)] == [rest[1]]

    changed = service.update_message(first.id, content="eins", expected_revision=first.revision)
    assert changed.content == "eins"
    with pytest.raises(PreconditionFailed):
        service.update_message(first.id, content="uno", expected_revision=first.revision)
    assert service.delete_message(first.id, thread_id=thread.id).deleted
    with pytest.raises(MessageNotFound):
        service.delete_message(first.id)
    assert [line["role"] for line in service.get_formatted_messages(thread.id)] == ["assistant", "user", "assistant"]
    assert service.context(thread.id, 1000).messages == service.get_formatted_messages(thread.id)


def test_key_calls_reach_the_service(client: Any, connect: Connect, live_server: LiveServer) -> None:
    ada = client.user_service.create_user()
    made = client.key_service.create_key("user", user_id=ada.id, key_name="laptop", expires_in_days=1)
    hers = connect(live_server.url, made.plain_key)

    assert made.details.key_name == "laptop"
    assert client.key_service.get_key(made.details.prefix).prefix == made.details.prefix
    assert [key.prefix for key in hers.key_service.list_keys(ada.id)] == [made.details.prefix]
    assert hers.key_service.get_key(made.details.prefix, user_id=ada.id).scope == "user"
    assert hers.thread_service.create_thread().owner_id == ada.id
    with pytest.raises(Forbidden):
        hers.user_service.create_user()
    service = client.key_service.create_key()
    assert made.details.prefix in {key.prefix for key in client.key_service.list_keys()}
    assert client.key_service.revoke_key(service.details.prefix) is None
    assert client.key_service.revoke_key(made.details.prefix, user_id=ada.id) is None
    assert not client.key_service.get_key(made.details.prefix).is_active
    with pytest.raises(KeyNotFound):
        client.key_service.get_key("tk_unknown")
    with pytest.raises(Unauthorized):
        connect(live_server.url, service.plain_key).thread_service.find_threads()


@pytest.mark.slow
def test_a_list_of_2001_messages_is_complete(client: Any) -> None:
    thread = client.thread_service.create_thread()
    for start in (0, 1000):
        client.message_service.create_messages(thread.id, [{"content": str(start + n)} for n in range(1000)])
    client.message_service.create_message(thread.id, "2000")

    page = client.message_service.list_messages(thread.id)
    assert [message.content for message in page] == [str(number) for number in range(2001)]
    assert (page.has_more, page.next_cursor) == (False, None)


def test_one_idempotency_key_creates_one_thread(client: Any) -> None:
    once = client.with_options(idempotency_key="order-17")
    thread = once.thread_service.create_thread(meta_data={"order": 17})

    assert once.thread_service.create_thread(meta_data={"order": 17}) == thread
    with pytest.raises(IdempotencyMismatch):
        once.thread_service.create_thread(meta_data={"order": 18})


@pytest.mark.parametrize("given", ["..", ".", "a b", "%2F", "ü", "\0", "?"])
def test_an_unusual_id_reaches_no_other_path(given: str, client: Any) -> None:
    thread = client.thread_service.create_thread()

    for delete in (client.thread_service.delete_thread, client.message_service.delete_message):
        with pytest.raises(NotFound):
            delete(given)
    assert client.thread_service.get_thread(thread.id) == thread
