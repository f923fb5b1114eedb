"""The original service's SDK, unmodified, over real HTTP: each of its calls for users, keys, threads and messages."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from threadkeep.tests.live_server import LiveServer

pytestmark = pytest.mark.filterwarnings(r"ignore:The `dict` method:DeprecationWarning:projectdavid(_common)?\..*")
UNKNOWN = "unknown_id"
ASSISTANT = "asst_1"


@pytest.fixture(scope="module")
def connect(served: LiveServer) -> Iterator[Callable[[str], Any]]:
    """Makes a client with a key."""
    # Takes a second, and only this needs it.
    from projectdavid import Entity  # type: ignore[import-untyped]  # noqa: PLC0415

    opened: list[Any] = []

    def connecting(key: str) -> Any:
        opened.append(Entity(base_url=f"{served.url}/", api_key=key))
        return opened[-1]

    yield connecting
    for client in opened:
        for part in (client.users, client.threads, client.messages, client.keys):
            part.close()


@pytest.fixture(scope="module")
def admin(connect: Callable[[str], Any], served: LiveServer) -> Any:
    return connect(served.admin_key)


@pytest.fixture(scope="module")
def ada(connect: Callable[[str], Any], admin: Any) -> Any:
    """A client with the key of a user, whose id it knows."""
    return signed_up(connect, admin, "Ada")


@pytest.fixture(scope="module")
def bob(connect: Callable[[str], Any], admin: Any) -> Any:
    return signed_up(connect, admin, "Bob")


def signed_up(connect: Callable[[str], Any], admin: Any, name: str) -> Any:
    user = admin.users.create_user(full_name=name)
    client = connect(admin.keys.create_key_for_user(user.id, key_name="laptop").plain_key)
    client.id = user.id
    return client


@pytest.fixture
def thread(ada: Any) -> Any:
    return ada.threads.create_thread()


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> int:
    """The status with which a call was refused."""
    with pytest.raises(httpx.HTTPStatusError) as error:
        call(*arguments, **named)
    return error.value.response.status_code


def contents(client: Any, thread: Any, **options: Any) -> list[str]:
    return [message["content"] for message in client.messages.list_messages(thread.id, **options).to_list()]


# Users


def test_a_user_is_created_and_retrieved(admin: Any) -> None:
    email = f"{secrets.token_hex(8)}@example.org"

    made = admin.users.create_user(email=email, full_name="Ada Lovelace", given_name="Ada", family_name="Lovelace")

    assert (made.email, made.full_name, made.oauth_provider, made.email_verified) == (
        email,
        "Ada Lovelace",
        "local",
        False,
    )
    assert admin.users.retrieve_user(made.id) == made
    assert refused(admin.users.create_user, email=email) == 409


def test_any_number_of_users_have_no_address(admin: Any) -> None:
    assert admin.users.create_user().id != admin.users.create_user().id


def test_an_identity_is_taken_once(admin: Any) -> None:
    identity = {"oauth_provider": "github", "provider_user_id": secrets.token_hex(8)}
    admin.users.create_user(**identity)

    assert refused(admin.users.create_user, **identity) == 409


def test_the_client_for_threads_makes_users_too(admin: Any) -> None:
    assert admin.threads.create_user(name="Ada").id.startswith("user_")


def test_an_update_of_a_user_changes_it(admin: Any, connect: Callable[[str], Any]) -> None:
    ada = signed_up(connect, admin, "Ada")

    updated = ada.users.update_user(ada.id, given_name="Augusta", full_name=None)

    assert (updated.given_name, updated.full_name) == ("Augusta", None)
    assert admin.users.retrieve_user(ada.id) == updated
    assert updated.updated_at > updated.created_at


def test_users_are_for_themselves_and_admins(admin: Any, ada: Any, bob: Any) -> None:
    assert ada.users.retrieve_user(ada.id).full_name == "Ada"
    assert refused(ada.users.retrieve_user, bob.id) == 403
    assert refused(ada.users.update_user, bob.id, full_name="Eve") == 403
    assert refused(ada.users.create_user) == 403
    assert refused(ada.users.delete_user, bob.id) == refused(ada.users.delete_user, ada.id) == 403
    assert refused(admin.users.retrieve_user, UNKNOWN) == refused(admin.users.delete_user, UNKNOWN) == 404
    assert refused(admin.users.update_user, UNKNOWN, full_name="Eve") == 404


def test_a_user_is_erased_and_the_sdk_hears_of_it(admin: Any, connect: Callable[[str], Any]) -> None:
    ada = signed_up(connect, admin, "Ada")
    thread = ada.threads.create_thread()
    ada.messages.create_message(thread.id, "Hello", ASSISTANT)

    deleted = admin.users.delete_user(ada.id)

    assert deleted.success
    assert deleted.message == f"User {ada.id!r} was erased."
    assert refused(admin.users.retrieve_user, ada.id) == refused(admin.threads.retrieve_thread, thread.id) == 404


def test_assistants_are_not_kept_here(admin: Any, ada: Any) -> None:
    assert refused(admin.users.list_assistants_by_user, ada.id) == 404


# Keys


def test_a_users_keys_are_made_listed_and_revoked(admin: Any, connect: Callable[[str], Any]) -> None:
    ada = signed_up(connect, admin, "Ada")
    made = ada.keys.create_key(ada.id, key_name="phone", expires_in_days=30)
    prefix = made.details.prefix
    phone = connect(made.plain_key)

    assert made.plain_key.startswith(prefix)
    assert made.details.expires_at > made.details.created_at
    assert ada.keys.get_key_details(ada.id, prefix) == made.details
    assert phone.users.retrieve_user(ada.id).id == ada.id
    assert {key.key_name for key in ada.keys.list_keys(ada.id)} == {"laptop", "phone"}
    assert ada.keys.revoke_key(ada.id, prefix) is True
    assert {key.key_name for key in ada.keys.list_keys(ada.id)} == {"laptop"}
    assert {key.is_active for key in ada.keys.list_keys(ada.id, include_inactive=True)} == {True, False}
    assert ada.keys.revoke_key(ada.id, "tk_unknown") is False


def test_keys_are_for_the_user_and_admins(admin: Any, ada: Any, bob: Any) -> None:
    assert refused(ada.keys.list_keys, bob.id) == refused(ada.keys.create_key, bob.id) == 403
    assert refused(ada.keys.create_key_for_user, bob.id) == 403
    assert refused(admin.keys.create_key_for_user, UNKNOWN) == 404
    assert refused(ada.keys.get_key_details, ada.id, "tk_unknown") == 404


def test_without_a_key_that_works_every_call_raises(connect: Callable[[str], Any], ada: Any, thread: Any) -> None:
    stranger = connect("ea_unknown")

    assert refused(stranger.users.retrieve_user, ada.id) == 401
    assert refused(stranger.threads.retrieve_thread, thread.id) == 401
    assert refused(stranger.threads.delete_thread, thread.id) == 401
    assert refused(stranger.messages.list_messages, thread.id) == 401
    assert refused(stranger.keys.list_keys, ada.id) == 401


# Threads


def test_a_thread_belongs_to_whose_key_makes_it(ada: Any, bob: Any) -> None:
    thread = ada.threads.create_thread(participant_ids=[bob.id], meta_data={"topic": "time travel", "a.b": [1, None]})

    assert (thread.object, thread.owner_id) == ("thread", ada.id)
    assert isinstance(thread.created_at, int)
    assert (thread.meta_data, thread.tool_resources) == ({"topic": "time travel", "a.b": [1, None]}, {})
    assert ada.threads.retrieve_thread(thread.id) == bob.threads.retrieve_thread(thread.id) == thread
    assert refused(ada.threads.retrieve_thread, UNKNOWN) == 404


def test_a_thread_that_is_made_without_meta_data_has_what_the_sdk_sends(thread: Any) -> None:
    assert thread.meta_data == {}


def test_unknown_and_repeated_participants_are_a_refusal_and_no_fault(ada: Any, bob: Any) -> None:
    assert refused(ada.threads.create_thread, participant_ids=[UNKNOWN]) == 400
    assert refused(ada.threads.create_thread, participant_ids=[bob.id, bob.id]) == 400


def test_an_update_of_a_thread_merges_meta_data_every_time(ada: Any, bob: Any) -> None:
    thread = ada.threads.create_thread(meta_data={"topic": "time"})

    for number in range(3):
        detailed = ada.threads.update_thread(thread.id, meta_data={f"key {number}": number})
    detailed = ada.threads.update_thread(thread.id, participant_ids=[bob.id], tool_resources={"a": {"b": 1}})

    assert detailed.meta_data == {"topic": "time", "key 0": 0, "key 1": 1, "key 2": 2}
    assert detailed.tool_resources == {"a": {"b": 1}}
    assert [(one.id, one.full_name) for one in detailed.participants] == [(bob.id, "Bob"), (ada.id, "Ada")]


def test_the_meta_data_of_a_thread_is_replaced(ada: Any, thread: Any) -> None:
    ada.threads.update_thread(thread.id, meta_data={"topic": "time"})

    assert ada.threads.update_thread_metadata(thread.id, {"stars": 5}).meta_data == {"stars": 5}
    assert ada.threads.retrieve_thread(thread.id).meta_data == {"stars": 5}


def test_a_users_threads_are_listed(admin: Any, connect: Callable[[str], Any]) -> None:
    ada, bob = signed_up(connect, admin, "Ada"), signed_up(connect, admin, "Bob")
    threads = [ada.threads.create_thread(), bob.threads.create_thread(participant_ids=[ada.id])]
    newest_first = [thread.id for thread in reversed(threads)]

    assert ada.threads.list_threads(ada.id) == admin.threads.list_threads(ada.id) == newest_first
    assert [record.id for record in ada.threads.list_thread_records(ada.id)] == newest_first
    assert admin.threads.list_threads(UNKNOWN) == admin.threads.list_thread_records(UNKNOWN) == []
    assert refused(ada.threads.list_threads, bob.id) == refused(ada.threads.list_thread_records, bob.id) == 403


def test_a_thread_is_deleted_once(ada: Any, thread: Any) -> None:
    deleted = ada.threads.delete_thread(thread.id)

    assert (deleted.id, deleted.object, deleted.deleted) == (thread.id, "thread.deleted", True)
    assert ada.threads.delete_thread(thread.id) is None
    assert refused(ada.threads.retrieve_thread, thread.id) == 404


def test_a_thread_is_for_its_participants_and_changed_by_its_owner(admin: Any, ada: Any, bob: Any, thread: Any) -> None:
    assert refused(bob.threads.retrieve_thread, thread.id) == 403
    ada.threads.update_thread(thread.id, participant_ids=[bob.id])

    assert bob.threads.retrieve_thread(thread.id).id == thread.id
    assert refused(bob.threads.update_thread, thread.id, meta_data={"a": 1}) == 403
    assert refused(bob.threads.update_thread_metadata, thread.id, {}) == 403
    assert refused(bob.threads.delete_thread, thread.id) == 403
    assert admin.threads.update_thread_metadata(thread.id, {"by": "admin"}).meta_data == {"by": "admin"}
    assert admin.threads.delete_thread(thread.id).deleted


# Messages


def test_a_message_is_created_and_retrieved(ada: Any, thread: Any) -> None:
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT, meta_data={"stars": 5})

    assert (message.object, message.thread_id, message.role) == ("message", thread.id, "user")
    assert (message.content, message.assistant_id, message.meta_data) == ("Hello", ASSISTANT, {"stars": 5})
    assert (message.sender_id, message.completed_at, message.attachments) == (ada.id, None, [])
    assert ada.messages.retrieve_message(message.id) == message
    assert refused(ada.messages.retrieve_message, UNKNOWN) == 404
    assert refused(ada.messages.create_message, UNKNOWN, "Hello", ASSISTANT) == 404


def test_content_may_be_empty_long_or_come_in_parts(ada: Any, thread: Any) -> None:
    parts = [
        {"type": "text", "text": "one"},
        {"type": "image_file", "image_file": {"file_id": "file_1"}},
        {"type": "text", "text": "two"},
    ]

    assert ada.messages.create_message(thread.id, "", "").content == ""
    assert len(ada.messages.create_message(thread.id, "ü" * 100_000, ASSISTANT).content) == 100_000
    message = ada.messages.create_message(thread.id, parts, ASSISTANT)
    assert (message.content, message.attachments) == ("one\n\ntwo", [{"type": "image", "file_id": "file_1"}])


@pytest.mark.parametrize("role", ["user", "assistant", "system", "tool", "platform"])
def test_all_roles_are_taken(ada: Any, thread: Any, role: str) -> None:
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT, role=role.upper())

    assert message.role == role
    assert (message.completed_at is not None) == (role in {"assistant", "tool"})


def test_a_message_is_updated(ada: Any, thread: Any) -> None:
    message = ada.messages.create_message(thread.id, "Helo", ASSISTANT, meta_data={"a": 1})

    updated = ada.messages.update_message(message.id, content="Hello", status="completed")

    assert (updated.content, updated.status, updated.meta_data) == ("Hello", "completed", {"a": 1})
    assert ada.messages.retrieve_message(message.id) == updated
    assert refused(ada.messages.update_message, UNKNOWN, content="x") == 404


def test_messages_of_one_second_are_listed_in_their_order(ada: Any, thread: Any) -> None:
    texts = [str(number) for number in range(25)]
    for text in texts:
        ada.messages.create_message(thread.id, text, ASSISTANT)

    page = ada.messages.list_messages(thread.id)
    assert (page.object, len(page.data), page.has_more) == ("list", 20, True)
    assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)
    assert contents(ada, thread, limit=1000) == texts
    assert contents(ada, thread, limit=1000, order="desc") == texts[::-1]
    assert ada.messages.list_messages(thread.id, limit=25).has_more is False


def test_an_empty_thread_is_an_empty_list(ada: Any, thread: Any) -> None:
    page = ada.messages.list_messages(thread.id)

    assert (page.data, page.first_id, page.last_id, page.has_more) == ([], None, None, False)
    assert refused(ada.messages.list_messages, UNKNOWN) == 404
    for limit in (0, -1, 1001):
        assert refused(ada.messages.list_messages, thread.id, limit=limit) == 422


def test_a_message_is_deleted(ada: Any, thread: Any) -> None:
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT)

    deleted = ada.messages.delete_message(message.id)

    assert (deleted.id, deleted.object, deleted.deleted) == (message.id, "thread.message.deleted", True)
    assert contents(ada, thread) == []
    assert refused(ada.messages.delete_message, message.id) == 404


def test_the_history_is_formatted_for_a_model(ada: Any, thread: Any) -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    ada.messages.create_message(thread.id, "Look!", ASSISTANT)
    ada.messages.create_message(
        thread.id,
        '[{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]',
        ASSISTANT,
        role="assistant",
    )
    ada.messages.submit_tool_output(thread.id, "42", ASSISTANT, "tool_1", tool_call_id="call_1")
    history = [
        {"role": "user", "content": "Look!"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]

    assert ada.messages.get_messages_without_system_message(thread.id) == history
    formatted = ada.messages.get_formatted_messages(thread.id, system_message="Be kind")
    assert formatted == [{"role": "system", "content": "Be kind"}, *history]


def test_the_system_message_of_a_history_is_replaced_by_the_sdk(ada: Any, thread: Any) -> None:
    ada.messages.create_message(thread.id, "Be rude", ASSISTANT, role="system")

    assert ada.messages.get_formatted_messages(thread.id, "Be kind") == [{"role": "system", "content": "Be kind"}]
    with pytest.raises(ValueError, match=f"Thread not found: {UNKNOWN}"):
        ada.messages.get_formatted_messages(UNKNOWN)


def test_chunks_become_one_message(ada: Any, thread: Any) -> None:
    for number, text in enumerate(("Once ", "upon ", "a time")):
        saved = ada.messages.save_assistant_message_chunk(
            thread.id, "assistant", text, ASSISTANT, "assistant", is_last_chunk=number == 2, meta_data={"stars": 5}
        )
        assert (saved is None) == (number < 2)

    assert saved is not None
    assert (saved.content, saved.meta_data, saved.sender_id) == ("Once upon a time", {"stars": 5}, "assistant")
    assert saved.completed_at is not None
    assert contents(ada, thread) == ["Once upon a time"]


def test_chunks_for_no_thread_or_anothers_are_no_message(ada: Any, bob: Any, thread: Any) -> None:
    for client, thread_id in ((ada, UNKNOWN), (bob, thread.id)):
        for last in (False, True):
            chunk = (thread_id, "assistant", "injected", ASSISTANT, "assistant")
            assert client.messages.save_assistant_message_chunk(*chunk, is_last_chunk=last) is None
    assert contents(ada, thread) == []


def test_a_tools_output_keeps_what_was_sent(ada: Any, thread: Any) -> None:
    stored = ada.messages.submit_tool_output(
        thread.id, "42", ASSISTANT, "tool_1", tool_call_id="call_1", sender_id="calculator", meta_data={"a": 1}
    )

    assert stored.items() >= {"role": "tool", "content": "42", "tool_id": "tool_1", "tool_call_id": "call_1"}.items()
    assert (stored["sender_id"], stored["meta_data"]) == ("calculator", {"a": 1})


def test_participants_write_and_strangers_do_not(admin: Any, ada: Any, bob: Any, thread: Any) -> None:
    assert refused(bob.messages.create_message, thread.id, "Hello", ASSISTANT) == 403
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT)
    assert refused(bob.messages.retrieve_message, message.id) == 403
    assert refused(bob.messages.list_messages, thread.id) == 403
    ada.threads.update_thread(thread.id, participant_ids=[bob.id])

    answer = bob.messages.create_message(thread.id, "Hello, Ada", ASSISTANT)

    assert answer.sender_id == bob.id
    assert contents(admin, thread) == ["Hello", "Hello, Ada"]
    assert refused(bob.messages.delete_message, message.id) == 403
    assert ada.messages.delete_message(answer.id).deleted
    ada.threads.update_thread(thread.id, participant_ids=[])
    with pytest.raises(RuntimeError, match="403 Forbidden"):
        bob.messages.get_formatted_messages(thread.id)
