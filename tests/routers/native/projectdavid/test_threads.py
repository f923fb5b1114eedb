"""Each call of the SDK for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadkeep.tests.routers.native.projectdavid.sdk import DEPRECATED, UNKNOWN, refused, signed_up

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = DEPRECATED


def test_a_thread_belongs_to_the_user_of_the_key(ada: Any, bob: Any) -> None:
    thread = ada.threads.create_thread(participant_ids=[bob.id], meta_data={"topic": "time travel", "a.b": [1, None]})

    assert (thread.object, thread.owner_id) == ("thread", ada.id)
    assert isinstance(thread.created_at, int)
    assert (thread.meta_data, thread.tool_resources) == ({"topic": "time travel", "a.b": [1, None]}, {})
    assert ada.threads.retrieve_thread(thread.id) == bob.threads.retrieve_thread(thread.id) == thread
    assert refused(ada.threads.retrieve_thread, UNKNOWN) == 404


def test_a_thread_without_metadata_has_an_empty_dict_from_the_sdk(thread: Any) -> None:
    assert thread.meta_data == {}


def test_unknown_and_repeated_participants_are_refused(admin: Any, ada: Any, bob: Any) -> None:
    assert refused(admin.threads.create_thread, participant_ids=[UNKNOWN]) == 400
    assert refused(ada.threads.create_thread, participant_ids=[UNKNOWN]) == 403
    assert refused(ada.threads.create_thread, participant_ids=[bob.id, bob.id]) == 400


def test_each_update_of_a_thread_merges_its_metadata(ada: Any, bob: Any) -> None:
    thread = ada.threads.create_thread(meta_data={"topic": "time"})

    for number in range(3):
        detailed = ada.threads.update_thread(thread.id, meta_data={f"key {number}": number})
    detailed = ada.threads.update_thread(thread.id, participant_ids=[bob.id], tool_resources={"a": {"b": 1}})

    assert detailed.meta_data == {"topic": "time", "key 0": 0, "key 1": 1, "key 2": 2}
    assert detailed.tool_resources == {"a": {"b": 1}}
    assert [(one.id, one.full_name) for one in detailed.participants] == [(bob.id, None), (ada.id, "Ada")]


def test_the_meta_data_of_a_thread_is_replaced(ada: Any, thread: Any) -> None:
    ada.threads.update_thread(thread.id, meta_data={"topic": "time"})

    assert ada.threads.update_thread_metadata(thread.id, {"stars": 5}).meta_data == {"stars": 5}
    assert ada.threads.retrieve_thread(thread.id).meta_data == {"stars": 5}


def test_the_threads_of_a_user_are_listed(admin: Any, connect: Callable[[str], Any]) -> None:
    ada, bob = signed_up(connect, admin, "Ada"), signed_up(connect, admin, "Bob")
    threads = [ada.threads.create_thread(), admin.threads.create_thread(participant_ids=[bob.id, ada.id])]
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


def test_participants_read_a_thread_and_only_its_owner_changes_it(admin: Any, ada: Any, bob: Any, thread: Any) -> None:
    assert refused(bob.threads.retrieve_thread, thread.id) == 403
    ada.threads.update_thread(thread.id, participant_ids=[bob.id])

    assert bob.threads.retrieve_thread(thread.id).id == thread.id
    assert refused(bob.threads.update_thread, thread.id, meta_data={"a": 1}) == 403
    assert refused(bob.threads.update_thread_metadata, thread.id, {}) == 403
    assert refused(bob.threads.delete_thread, thread.id) == 403
    assert admin.threads.update_thread_metadata(thread.id, {"by": "admin"}).meta_data == {"by": "admin"}
    assert admin.threads.delete_thread(thread.id).deleted
