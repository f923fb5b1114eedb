from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller, Person


def test_a_thread_belongs_to_the_user_of_the_key(admin: Caller, ada: Person, bob: Person) -> None:
    admin.acquaint(ada, bob)
    thread = ada.new_thread(participant_ids=[bob.id], meta_data={"topic": "time travel"})

    assert thread["id"].startswith("thread_")
    assert thread["owner_id"] == ada.id
    assert thread["participant_ids"] == [bob.id, ada.id]
    assert thread["meta_data"] == {"topic": "time travel"}
    assert (thread["message_count"], thread["last_seq"], thread["revision"]) == (0, 0, 1)
    assert answered(bob.get(f"/v1/threads/{thread['id']}")) == thread


def test_the_owner_of_a_thread_of_an_admin_is_owner_id_or_its_first_participant(
    admin: Caller, ada: Person, bob: Person
) -> None:
    assert admin.new_thread(participant_ids=[ada.id, bob.id])["owner_id"] == ada.id
    assert admin.new_thread(participant_ids=[ada.id], owner_id=bob.id)["owner_id"] == bob.id
    assert admin.new_thread()["owner_id"] is None


@pytest.mark.parametrize(("fields", "expected"), [({}, {"topic": ""}), ({"meta_data": {}}, {})])
def test_only_a_thread_without_metadata_gets_an_empty_topic(
    ada: Person, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert ada.new_thread(**fields)["meta_data"] == expected


def test_a_thread_needs_no_body(ada: Person) -> None:
    assert answered(ada.send("POST", "/v1/threads"))["owner_id"] == ada.id


def test_a_thread_is_created_with_its_messages(ada: Person) -> None:
    messages = [{"content": "Why?"}, {"role": "assistant", "content": "Because."}]

    thread = ada.new_thread(messages=messages)

    assert (thread["message_count"], thread["last_seq"]) == (2, 2)
    page = answered(ada.get(f"/v1/threads/{thread['id']}/messages"))
    assert [(message["seq"], message["content"]) for message in page["data"]] == [(1, "Why?"), (2, "Because.")]
    assert page["data"][0]["sender_id"] == ada.id


def test_unknown_and_repeated_participants_are_named(admin: Caller, ada: Person) -> None:
    response = admin.post("/v1/threads", {"participant_ids": ["user_gone", ada.id, ada.id]})

    assert (response.status_code, response.json()["error"]) == (400, "InvalidParticipants")
    assert response.json()["detail"] == [
        {"loc": ["participant_ids"], "msg": "no such user: user_gone", "type": "participants_unknown"},
        {"loc": ["participant_ids"], "msg": f"named more than once: {ada.id}", "type": "participants_repeated"},
    ]


def test_an_unknown_owner_is_named(admin: Caller) -> None:
    response = admin.post("/v1/threads", {"owner_id": "user_gone"})

    assert (response.status_code, response.json()["error"]) == (400, "InvalidParticipants")
    assert "user_gone" in response.text


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_update_merges_meta_data_and_replaces_the_rest(
    admin: Caller, ada: Person, bob: Person, thread: dict[str, Any], method: str
) -> None:
    admin.acquaint(ada, bob)
    path = f"/v1/threads/{thread['id']}"
    ada.put(path, {"meta_data": {"topic": "time", "stars": 4}, "tool_resources": {"a": 1}})

    changes = {"meta_data": {"stars": 5}, "tool_resources": {"b": 2}, "participant_ids": [bob.id]}
    after = answered(ada.send(method, path, json=changes))

    assert after["meta_data"] == {"topic": "time", "stars": 5}
    assert after["tool_resources"] == {"b": 2}
    assert after["participant_ids"] == [bob.id, ada.id]
    assert after["participants"] == [
        {"id": bob.id, "email": None, "full_name": None},
        {"id": ada.id, "email": None, "full_name": "Ada"},
    ]
    assert after["revision"] == 3


def test_null_in_an_update_changes_nothing(ada: Person) -> None:
    thread = ada.new_thread(meta_data={"topic": "time"}, tool_resources={"a": 1})

    after = answered(
        ada.put(f"/v1/threads/{thread['id']}", {"participant_ids": None, "meta_data": None, "tool_resources": None})
    )

    assert {key: after[key] for key in ("participant_ids", "meta_data", "tool_resources")} == {
        key: thread[key] for key in ("participant_ids", "meta_data", "tool_resources")
    }


def test_several_merges_of_metadata_accumulate(ada: Person, thread: dict[str, Any]) -> None:
    for number in range(3):
        ada.put(f"/v1/threads/{thread['id']}", {"meta_data": {f"key {number}": number}})

    expected = answered(ada.get(f"/v1/threads/{thread['id']}"))["meta_data"]
    assert expected == {"topic": "", "key 0": 0, "key 1": 1, "key 2": 2}


def test_put_metadata_replaces_all_metadata(ada: Person) -> None:
    thread = ada.new_thread(meta_data={"topic": "time", "stars": 4})

    after = answered(ada.put(f"/v1/threads/{thread['id']}/metadata", {"stars": 5}))

    assert after["meta_data"] == {"stars": 5}
    assert answered(ada.put(f"/v1/threads/{thread['id']}/metadata", {}))["meta_data"] == {}


@pytest.mark.parametrize("content", [b"", b" \n", b"null", b"[]", b'"topic"'])
def test_put_metadata_requires_an_object(ada: Person, thread: dict[str, Any], content: bytes) -> None:
    path = f"/v1/threads/{thread['id']}"

    response = ada.send("PUT", f"{path}/metadata", content=content, headers={"content-type": "application/json"})

    assert (response.status_code, list(problems(response))) == (422, ["body"])
    assert answered(ada.get(path)) == thread


def test_a_deleted_thread_and_its_messages_are_not_found(ada: Person, thread: dict[str, Any]) -> None:
    message = ada.new_message(thread["id"])

    response = ada.delete(f"/v1/threads/{thread['id']}")

    assert response.json() == {"id": thread["id"], "object": "thread.deleted", "deleted": True}
    for path in (
        f"/v1/threads/{thread['id']}",
        f"/v1/threads/{thread['id']}/messages",
        f"/v1/threads/{thread['id']}/messages/{message['id']}",
        f"/v1/threads/{thread['id']}/formatted_messages",
        f"/v1/threads/{thread['id']}/context?max_tokens=1000",
    ):
        assert (ada.get(path).status_code, ada.get(path).json()["error"]) == (404, "ThreadNotFound")
    assert ada.get(f"/v1/messages/{message['id']}").json()["error"] == "MessageNotFound"
    assert ada.post(f"/v1/threads/{thread['id']}/messages", {}).json()["error"] == "ThreadNotFound"
    assert ada.delete(f"/v1/threads/{thread['id']}").json() == {
        "error": "ThreadNotFound",
        "detail": f"Thread {thread['id']!r} does not exist.",
        "thread_id": thread["id"],
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"participant_ids": "user_x"}, "body.participant_ids"),
        ({"participant_ids": [7]}, "body.participant_ids.0"),
        ({"participant_ids": ["x"] * 201}, "body.participant_ids"),
        ({"meta_data": ["topic"]}, "body.meta_data"),
        ({"tool_resources": "none"}, "body.tool_resources"),
        ({"messages": [{"role": "nobody"}]}, "body.messages.0.role"),
        ({"messages": [{}] * 1001}, "body.messages"),
        ({"topic": "time"}, "body.topic"),
    ],
)
def test_an_invalid_field_is_named(ada: Person, body: dict[str, object], field: str) -> None:
    response = ada.post("/v1/threads", body)

    assert (response.status_code, response.json()["error"]) == (422, "InvalidInput")
    assert list(problems(response)) == [field]


def test_metadata_over_the_limit_is_refused_with_the_limit(ada: Person, thread: dict[str, Any]) -> None:
    large = {"text": "x" * 65_536}
    for response in (
        ada.post("/v1/threads", {"meta_data": large}),
        ada.put(f"/v1/threads/{thread['id']}", {"tool_resources": large}),
        ada.put(f"/v1/threads/{thread['id']}/metadata", large),
    ):
        assert (response.status_code, response.json()["error"]) == (413, "TooLarge")
        assert "65,536 bytes" in response.text
    assert answered(ada.get(f"/v1/threads/{thread['id']}")) == thread


def test_merged_metadata_has_the_same_limit(ada: Person) -> None:
    thread = ada.new_thread(meta_data={"a": "x" * 40_000})

    response = ada.put(f"/v1/threads/{thread['id']}", {"meta_data": {"b": "x" * 40_000}})

    assert (response.status_code, response.json()["error"]) == (413, "TooLarge")
