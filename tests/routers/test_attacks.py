"""Attacks of a stranger: Bob tries to read and change the data of Ada by every id, cursor, filter and key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller, Person

SECRET = "Ada's secret"  # noqa: S105  a text that Bob must not see


class ForeignThread:
    """A thread and a message of Ada. Bob is not a participant."""

    def __init__(self, ada: Person) -> None:
        self.thread = ada.new_thread(meta_data={"topic": SECRET})
        self.path = f"/v1/threads/{self.thread['id']}"
        self.message = ada.new_message(self.thread["id"], SECRET, client_id="hers", run_id="run_1")


@pytest.fixture
def foreign(ada: Person) -> ForeignThread:
    return ForeignThread(ada)


def reveals_nothing(response: httpx2.Response, status: int) -> bool:
    """Check the status, and return whether the answer does not contain the secret."""
    assert response.status_code == status, response.text
    return SECRET not in response.text


def test_data_of_another_user_is_refused_by_id(bob: Person, ada: Person, foreign: ForeignThread) -> None:
    message = f"/v1/messages/{foreign.message['id']}"

    for path in (
        foreign.path,
        f"{foreign.path}/messages",
        f"{foreign.path}/formatted_messages",
        f"{foreign.path}/context?max_tokens=1000",
        f"{foreign.path}/messages/{foreign.message['id']}",
        message,
        f"/v1/users/{ada.id}",
        f"/v1/users/{ada.id}/threads",
        f"/v1/threads/user/{ada.id}",
        f"/v1/threads/user/{ada.id}/records",
    ):
        assert reveals_nothing(bob.get(path), 403)
    for path in (foreign.path, message):
        assert reveals_nothing(bob.delete(path), 403)
        assert reveals_nothing(bob.put(path, {}), 403)
    assert answered(ada.get(foreign.path)) == answered(ada.get(foreign.path)) | {"revision": 1, "message_count": 1}


def test_a_message_of_another_user_is_not_found_in_an_own_thread(bob: Person, foreign: ForeignThread) -> None:
    path = f"/v1/threads/{bob.new_thread()['id']}/messages/{foreign.message['id']}"

    for response in (bob.get(path), bob.put(path, {"content": "x"}), bob.delete(path)):
        assert reveals_nothing(response, 404)


def test_lists_and_filters_show_only_own_threads(bob: Person, ada: Person, foreign: ForeignThread) -> None:
    own = bob.new_thread(meta_data={"topic": SECRET})["id"]

    for query in (
        {},
        {"meta_data": json.dumps({"topic": SECRET})},
        {"created_after": "2000-01-01"},
        {"sort": "created", "order": "asc"},
    ):
        page = answered(bob.get("/v1/threads", **query))
        assert [thread["id"] for thread in page["data"]] == [own]
    for query in ({"owner": ada.id}, {"participant": ada.id}, {"owner": ada.id, "participant": bob.id}):
        assert answered(bob.get("/v1/threads", **query))["data"] == []
    assert bob.get("/v1/users").status_code == 403
    assert foreign.thread["id"] not in bob.get(f"/v1/threads/user/{bob.id}").text


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_of_a_foreign_thread_is_refused_like_an_unknown_one(
    bob: Person, foreign: ForeignThread, name: str
) -> None:
    bob.new_thread()

    known = bob.get("/v1/threads", **{name: foreign.thread["id"]})
    unknown = bob.get("/v1/threads", **{name: "thread_gone"})

    assert (known.status_code, known.json()["error"]) == (400, "UnknownCursor")
    assert known.text.replace(foreign.thread["id"], "thread_gone") == unknown.text


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_of_a_foreign_message_is_refused_like_an_unknown_one(
    bob: Person, foreign: ForeignThread, name: str
) -> None:
    path = f"/v1/threads/{bob.new_thread()['id']}/messages"

    known, unknown = bob.get(path, **{name: foreign.message["id"]}), bob.get(path, **{name: "message_gone"})

    assert (known.status_code, known.json()["error"]) == (400, "UnknownCursor")
    assert known.text.replace(foreign.message["id"], "message_gone") == unknown.text


def test_a_forged_cursor_with_a_time_shows_only_own_threads(bob: Person, foreign: ForeignThread) -> None:
    own = bob.new_thread()["id"]

    for cursor in (f"{foreign.thread['id']}@99999999999999", "@99999999999999"):
        assert [thread["id"] for thread in answered(bob.get("/v1/threads", after=cursor))["data"]] == [own]


def test_an_idempotency_key_of_another_user_replays_nothing(bob: Person, ada: Person, foreign: ForeignThread) -> None:
    body = {"role": "user", "content": SECRET}
    for prefix, status in (("", 403), ("/openai", 404)):
        path, key = f"{prefix}{foreign.path}/messages", f"guessed{prefix}"
        answered(ada.post(path, body, idempotency_key=key))

        assert reveals_nothing(bob.post(path, body, idempotency_key=key), status)


def test_a_client_id_of_another_user_returns_no_message(bob: Person, foreign: ForeignThread) -> None:
    assert reveals_nothing(bob.post(f"{foreign.path}/messages", {"client_id": "hers"}), 403)
    assert bob.new_message(bob.new_thread()["id"], client_id="hers")["content"] == "Hello"


def test_a_user_cannot_add_itself_to_a_thread(bob: Person, ada: Person, foreign: ForeignThread) -> None:
    for path in (foreign.path, f"{foreign.path}/metadata"):
        assert reveals_nothing(bob.put(path, {"participant_ids": [bob.id]}), 403)
    assert answered(ada.get(foreign.path))["participant_ids"] == [ada.id]
    for field in ("owner_id", "id", "revision", "deleted_at", "$set"):
        assert problems(ada.put(foreign.path, {field: bob.id})) == {f"body.{field}": "extra_forbidden"}


def test_a_user_cannot_create_a_thread_for_another_owner(admin: Caller, bob: Person, ada: Person) -> None:
    admin.acquaint(ada, bob)

    assert bob.post("/v1/threads", {"owner_id": ada.id}).status_code == 403
    assert bob.new_thread(participant_ids=[ada.id])["owner_id"] == bob.id


def test_a_user_cannot_write_as_another_sender(admin: Caller, bob: Person, ada: Person) -> None:
    admin.acquaint(ada, bob)
    path = f"/v1/threads/{ada.new_thread(participant_ids=[bob.id])['id']}/messages"
    own = answered(bob.post(path, {}))

    for body in (
        {"sender_id": ada.id},
        {"sender_id": ada.id, "role": "assistant"},
        {"sender_id": "assistant", "role": "user"},
        {"messages": [{}, {"sender_id": ada.id}]},
    ):
        assert reveals_nothing(bob.post(path, body), 403)
    message = answered(bob.post(path, {"role": "assistant"}))
    assert message["sender_id"] == "assistant"
    assert bob.put(f"/v1/messages/{message['id']}", {"role": "user"}).status_code == 403
    assert answered(ada.get(path))["data"] == [own, message]
    in_new_thread = {"messages": [{"sender_id": ada.id}], "participant_ids": [ada.id]}
    assert bob.post("/v1/threads", in_new_thread).status_code == 403


def test_adding_participants_does_not_reveal_which_users_exist(bob: Person, ada: Person) -> None:
    path = f"/v1/threads/{bob.new_thread()['id']}"

    for method, url in (("POST", "/v1/threads"), ("PUT", path), ("POST", path)):
        refused = [bob.send(method, url, json={"participant_ids": [name]}) for name in (ada.id, "user_gone", "x")]

        assert [response.status_code for response in refused] == [403] * 3
        assert len({response.text for response in refused}) == 1
        assert "share no other thread" in refused[0].text
    assert answered(bob.get(path))["participant_ids"] == [bob.id]
    assert ada.id not in str(bob.get("/v1/threads").json())


def test_a_thread_shows_users_no_email_address_or_name_of_others(admin: Caller, bob: Person, ada: Person) -> None:
    admin.put(f"/v1/users/{ada.id}", {"email": f"{ada.id}@example.com", "full_name": SECRET})
    admin.acquaint(ada, bob)
    path = f"/v1/threads/{bob.new_thread(participant_ids=[ada.id])['id']}"

    participants_by_caller = {
        who: answered(caller.put(path, {}))["participants"] for who, caller in {"bob": bob, "admin": admin}.items()
    }

    assert {"id": ada.id, "email": None, "full_name": None} in participants_by_caller["bob"]
    assert {"id": ada.id, "email": f"{ada.id}@example.com", "full_name": SECRET} in participants_by_caller["admin"]


def test_a_user_changes_its_names_and_picture_but_not_its_identity(admin: Caller, bob: Person, ada: Person) -> None:
    address = f"{ada.id}@example.com"
    admin.put(f"/v1/users/{ada.id}", {"email": address})

    refused_values: dict[str, list[Any]] = {
        "email": [address, "free@example.com", None],
        "email_verified": [True, False],
        "oauth_provider": ["google"],
        "provider_user_id": ["1"],
    }
    for field, values in refused_values.items():
        refused = [bob.put(f"/v1/users/{bob.id}", {"full_name": "B", field: value}) for value in values]
        assert [response.status_code for response in refused] == [403] * len(values)
        assert {response.json()["detail"] for response in refused} == {f"This key may not set {field} of a user."}
    own = {"full_name": "Bob", "given_name": "B", "family_name": "C", "picture_url": "https://example.com/b.png"}
    assert answered(bob.put(f"/v1/users/{bob.id}", own)).items() >= own.items()


def test_a_prefix_does_not_reveal_which_keys_exist(admin: Caller, bob: Person, ada: Person) -> None:
    prefixes = [str(ada.key)[:11], str(admin.key)[:11], "tk_unknown_"]

    for method in ("GET", "DELETE"):
        for base in ("/v1/admin/keys", f"/v1/users/{bob.id}/apikeys", f"/v1/users/{ada.id}/apikeys"):
            answers = {bob.send(method, f"{base}/{prefix}").text.replace(prefix, "") for prefix in prefixes}
            assert len(answers) == 1, (method, base)
    service = bob.__class__(bob.http, admin.new_key(scope="service"), "")
    assert len({service.get(f"/v1/admin/keys/{prefix}").text for prefix in prefixes}) == 1


def test_keys_of_another_user_are_refused(bob: Person, ada: Person) -> None:
    prefix = str(ada.key)[:11]

    for base in (f"/v1/users/{ada.id}/apikeys", f"/v1/admin/users/{ada.id}/keys"):
        assert reveals_nothing(bob.get(base), 403)
        assert reveals_nothing(bob.post(base, {}), 403)
    assert reveals_nothing(bob.delete(f"/v1/users/{ada.id}/apikeys/{prefix}"), 403)
    assert bob.delete(f"/v1/users/{bob.id}/apikeys/{prefix}").status_code == 404
    assert bob.get(f"/v1/users/{bob.id}/apikeys/{prefix}").status_code == 404
    assert bob.delete(f"/v1/admin/keys/{prefix}").status_code == 403
    assert ada.get(f"/v1/users/{ada.id}").is_success


def test_a_user_cannot_raise_its_scope(bob: Person) -> None:
    for body in ({"scope": "admin"}, {"scope": "service"}, {"scope": "user", "user_id": bob.id}):
        assert problems(bob.post(f"/v1/users/{bob.id}/apikeys", body))
    assert bob.post("/v1/admin/keys", {"scope": "admin"}).status_code == 403
    assert bob.post("/v1/users", {}).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "/v1/users?api_key={key}",
        "/v1/users?x-api-key={key}",
        "/v1/users?access_token={key}",
        "/v1/users?authorization=Bearer%20{key}",
        "/v1/users/{key}",
        "/v1/users#{key}",
    ],
)
def test_a_key_in_a_url_is_not_accepted(anonymous: Caller, admin: Caller, url: str) -> None:
    assert anonymous.get(url.format(key=admin.key)).status_code == 401


def test_a_key_in_a_cookie_or_a_body_is_not_accepted(anonymous: Caller, admin: Caller) -> None:
    assert anonymous.send("GET", "/v1/users", headers={"cookie": f"x-api-key={admin.key}"}).status_code == 401
    assert anonymous.post("/v1/users", {"api_key": admin.key}).status_code == 401


def test_a_changed_or_shortened_key_is_refused(served: LiveServer, anonymous: Caller) -> None:
    key = served.admin_key

    for wrong in (key[:-1], key + "x", key.upper(), key[:11], key[3:], key.replace("tk_", "TK_"), f"{key}\xe9"):
        assert anonymous.send("GET", "/v1/users", headers={"x-api-key": wrong.encode("latin-1")}).status_code == 401


def test_a_deleted_thread_cannot_be_written_to_or_restored(ada: Person, foreign: ForeignThread) -> None:
    body: dict[str, Any] = {"content": "late", "client_id": "late"}
    ada.delete(foreign.path)

    for response in (
        ada.post(f"{foreign.path}/messages", body),
        ada.post(f"{foreign.path}/messages", {"messages": [body]}),
        ada.put(foreign.path, {"meta_data": {}}),
        ada.put(f"{foreign.path}/metadata", {}),
        ada.post("/v1/messages/assistant", {"thread_id": foreign.thread["id"], "is_last_chunk": False}),
    ):
        assert response.status_code == 404
    assert ada.get(f"/v1/messages/{foreign.message['id']}").status_code == 404


def test_external_ids_of_others_are_unknown(bob: Person, ada: Person, admin: Caller) -> None:
    hers = answered(ada.put("/v1/external-ids/threads/chat", {"meta_data": {"topic": SECRET}}))
    shared = answered(admin.put("/v1/external-ids/threads/shared", {"meta_data": {"topic": SECRET}}))

    for name, thread in (("chat", hers), ("shared", shared)):
        assert reveals_nothing(bob.get(f"/v1/external-ids/threads/{name}"), 404)
        his = bob.put(f"/v1/external-ids/threads/{name}", {})
        assert reveals_nothing(his, 201)
        assert his.json()["id"] != thread["id"]
        assert answered(bob.get("/v1/threads", external_id=name))["data"] == [his.json()]
    for method in (bob.get, bob.put):
        assert method("/v1/external-ids/users/known").json() == method("/v1/external-ids/users/unknown").json()
