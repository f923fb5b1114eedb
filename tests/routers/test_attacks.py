"""What strangers try: everything of Ada's, by every handle there is, with Bob's key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller, Person

SECRET = "Ada's secret"  # noqa: S105  what must not be seen


class Hers:
    """What Ada has, and Bob has no part in."""

    def __init__(self, ada: Person) -> None:
        self.thread = ada.new_thread(meta_data={"topic": SECRET})
        self.path = f"/v1/threads/{self.thread['id']}"
        self.message = ada.new_message(self.thread["id"], SECRET, client_id="hers", run_id="run_1")


@pytest.fixture
def hers(ada: Person) -> Hers:
    return Hers(ada)


def gives_nothing(response: httpx2.Response, status: int) -> bool:
    """Whether it was refused without a word of what is there."""
    assert response.status_code == status, response.text
    return SECRET not in response.text


def test_another_users_things_are_refused_by_id(bob: Person, ada: Person, hers: Hers) -> None:
    message = f"/v1/messages/{hers.message['id']}"

    for path in (
        hers.path,
        f"{hers.path}/messages",
        f"{hers.path}/formatted_messages",
        f"{hers.path}/messages/{hers.message['id']}",
        message,
        f"/v1/users/{ada.id}",
        f"/v1/users/{ada.id}/threads",
        f"/v1/threads/user/{ada.id}",
        f"/v1/threads/user/{ada.id}/records",
    ):
        assert gives_nothing(bob.get(path), 403)
    for path in (hers.path, message):
        assert gives_nothing(bob.delete(path), 403)
        assert gives_nothing(bob.put(path, {}), 403)
    assert answered(ada.get(hers.path)) == answered(ada.get(hers.path)) | {"revision": 1, "message_count": 1}


def test_another_users_message_is_not_reached_through_an_own_thread(bob: Person, hers: Hers) -> None:
    path = f"/v1/threads/{bob.new_thread()['id']}/messages/{hers.message['id']}"

    for response in (bob.get(path), bob.put(path, {"content": "x"}), bob.delete(path)):
        assert gives_nothing(response, 404)


def test_listings_and_filters_show_only_the_own_things(bob: Person, ada: Person, hers: Hers) -> None:
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
    assert hers.thread["id"] not in bob.get(f"/v1/threads/user/{bob.id}").text


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_to_anothers_thread_tells_nothing_not_even_that_it_is_there(
    bob: Person, hers: Hers, name: str
) -> None:
    bob.new_thread()

    there = bob.get("/v1/threads", **{name: hers.thread["id"]})
    not_there = bob.get("/v1/threads", **{name: "thread_gone"})

    assert (there.status_code, there.json()["error"]) == (400, "UnknownCursor")
    assert there.text.replace(hers.thread["id"], "thread_gone") == not_there.text


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_to_anothers_message_tells_nothing(bob: Person, hers: Hers, name: str) -> None:
    path = f"/v1/threads/{bob.new_thread()['id']}/messages"

    there, not_there = bob.get(path, **{name: hers.message["id"]}), bob.get(path, **{name: "message_gone"})

    assert (there.status_code, there.json()["error"]) == (400, "UnknownCursor")
    assert there.text.replace(hers.message["id"], "message_gone") == not_there.text


def test_a_forged_cursor_with_a_time_shows_only_the_own_threads(bob: Person, hers: Hers) -> None:
    own = bob.new_thread()["id"]

    for cursor in (f"{hers.thread['id']}@99999999999999", "@99999999999999"):
        assert [thread["id"] for thread in answered(bob.get("/v1/threads", after=cursor))["data"]] == [own]


def test_another_users_idempotency_key_gives_no_answer_of_theirs(bob: Person, ada: Person, hers: Hers) -> None:
    body = {"role": "user", "content": SECRET}
    for door, status in (("", 403), ("/openai", 404)):
        path, key = f"{door}{hers.path}/messages", f"guessed{door}"
        answered(ada.post(path, body, idempotency_key=key))

        assert gives_nothing(bob.post(path, body, idempotency_key=key), status)


def test_another_users_client_id_gives_no_message_of_theirs(bob: Person, hers: Hers) -> None:
    assert gives_nothing(bob.post(f"{hers.path}/messages", {"client_id": "hers"}), 403)
    assert bob.new_message(bob.new_thread()["id"], client_id="hers")["content"] == "Hello"


def test_nobody_lets_himself_in(bob: Person, ada: Person, hers: Hers) -> None:
    for path in (hers.path, f"{hers.path}/metadata"):
        assert gives_nothing(bob.put(path, {"participant_ids": [bob.id]}), 403)
    assert answered(ada.get(hers.path))["participant_ids"] == [ada.id]
    for field in ("owner_id", "id", "revision", "deleted_at", "$set"):
        assert problems(ada.put(hers.path, {field: bob.id})) == {f"body.{field}": "extra_forbidden"}


def test_nobody_makes_a_thread_in_anothers_name(admin: Caller, bob: Person, ada: Person) -> None:
    admin.acquaint(ada, bob)

    assert bob.post("/v1/threads", {"owner_id": ada.id}).status_code == 403
    assert bob.new_thread(participant_ids=[ada.id])["owner_id"] == bob.id


def test_nobody_speaks_in_anothers_name(admin: Caller, bob: Person, ada: Person) -> None:
    admin.acquaint(ada, bob)
    path = f"/v1/threads/{ada.new_thread(participant_ids=[bob.id])['id']}/messages"
    own = answered(bob.post(path, {}))

    for body in (
        {"sender_id": ada.id},
        {"sender_id": ada.id, "role": "assistant"},
        {"sender_id": "assistant", "role": "user"},
        {"messages": [{}, {"sender_id": ada.id}]},
    ):
        assert gives_nothing(bob.post(path, body), 403)
    said = answered(bob.post(path, {"role": "assistant"}))
    assert said["sender_id"] == "assistant"
    assert bob.put(f"/v1/messages/{said['id']}", {"role": "user"}).status_code == 403
    assert answered(ada.get(path))["data"] == [own, said]
    in_new_thread = {"messages": [{"sender_id": ada.id}], "participant_ids": [ada.id]}
    assert bob.post("/v1/threads", in_new_thread).status_code == 403


def test_nobody_learns_who_exists_by_adding_participants(bob: Person, ada: Person) -> None:
    path = f"/v1/threads/{bob.new_thread()['id']}"

    for method, url in (("POST", "/v1/threads"), ("PUT", path), ("POST", path)):
        refused = [bob.send(method, url, json={"participant_ids": [name]}) for name in (ada.id, "user_gone", "x")]

        assert [response.status_code for response in refused] == [403] * 3
        assert len({response.text for response in refused}) == 1
        assert "share no other thread" in refused[0].text
    assert answered(bob.get(path))["participant_ids"] == [bob.id]
    assert ada.id not in str(bob.get("/v1/threads").json())


def test_a_thread_shows_nobody_the_address_or_the_name_of_another(admin: Caller, bob: Person, ada: Person) -> None:
    admin.put(f"/v1/users/{ada.id}", {"email": f"{ada.id}@example.com", "full_name": SECRET})
    admin.acquaint(ada, bob)
    path = f"/v1/threads/{bob.new_thread(participant_ids=[ada.id])['id']}"

    seen = {who: answered(caller.put(path, {}))["participants"] for who, caller in {"bob": bob, "admin": admin}.items()}

    assert {"id": ada.id, "email": None, "full_name": None} in seen["bob"]
    assert {"id": ada.id, "email": f"{ada.id}@example.com", "full_name": SECRET} in seen["admin"]


def test_a_user_changes_a_name_and_a_picture_and_no_identity(admin: Caller, bob: Person, ada: Person) -> None:
    address = f"{ada.id}@example.com"
    admin.put(f"/v1/users/{ada.id}", {"email": address})

    for field, values in {
        "email": [address, "free@example.com", None],
        "email_verified": [True, False],
        "oauth_provider": ["google"],
        "provider_user_id": ["1"],
    }.items():
        refused = [bob.put(f"/v1/users/{bob.id}", {"full_name": "B", field: value}) for value in values]
        assert [response.status_code for response in refused] == [403] * len(values)
        assert {response.json()["detail"] for response in refused} == {f"This key may not set {field} of a user."}
    own = {"full_name": "Bob", "given_name": "B", "family_name": "C", "picture_url": "https://example.com/b.png"}
    assert answered(bob.put(f"/v1/users/{bob.id}", own)).items() >= own.items()


def test_nobody_learns_by_a_prefix_which_keys_exist(admin: Caller, bob: Person, ada: Person) -> None:
    prefixes = [str(ada.key)[:11], str(admin.key)[:11], "tk_unknown_"]

    for method in ("GET", "DELETE"):
        for base in ("/v1/admin/keys", f"/v1/users/{bob.id}/apikeys", f"/v1/users/{ada.id}/apikeys"):
            answers = {bob.send(method, f"{base}/{prefix}").text.replace(prefix, "") for prefix in prefixes}
            assert len(answers) == 1, (method, base)
    service = bob.__class__(bob.http, admin.new_key(scope="service"), "")
    assert len({service.get(f"/v1/admin/keys/{prefix}").text for prefix in prefixes}) == 1


def test_another_users_keys_are_out_of_reach(bob: Person, ada: Person) -> None:
    prefix = str(ada.key)[:11]

    for base in (f"/v1/users/{ada.id}/apikeys", f"/v1/admin/users/{ada.id}/keys"):
        assert gives_nothing(bob.get(base), 403)
        assert gives_nothing(bob.post(base, {}), 403)
    assert gives_nothing(bob.delete(f"/v1/users/{ada.id}/apikeys/{prefix}"), 403)
    assert bob.delete(f"/v1/users/{bob.id}/apikeys/{prefix}").status_code == 404
    assert bob.get(f"/v1/users/{bob.id}/apikeys/{prefix}").status_code == 404
    assert bob.delete(f"/v1/admin/keys/{prefix}").status_code == 403
    assert ada.get(f"/v1/users/{ada.id}").is_success


def test_a_user_cannot_become_more(bob: Person) -> None:
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
def test_a_key_in_a_url_is_not_accepted(nobody: Caller, admin: Caller, url: str) -> None:
    assert nobody.get(url.format(key=admin.key)).status_code == 401


def test_a_key_in_a_cookie_or_a_body_is_not_accepted(nobody: Caller, admin: Caller) -> None:
    assert nobody.send("GET", "/v1/users", headers={"cookie": f"x-api-key={admin.key}"}).status_code == 401
    assert nobody.post("/v1/users", {"api_key": admin.key}).status_code == 401


def test_a_key_is_all_of_it(served: LiveServer, nobody: Caller) -> None:
    key = served.admin_key

    for wrong in (key[:-1], key + "x", key.upper(), key[:11], key[3:], key.replace("tk_", "TK_"), f"{key}\xe9"):
        assert nobody.send("GET", "/v1/users", headers={"x-api-key": wrong.encode("latin-1")}).status_code == 401


def test_a_deleted_thread_cannot_be_written_to_or_brought_back(ada: Person, hers: Hers) -> None:
    body: dict[str, Any] = {"content": "late", "client_id": "late"}
    ada.delete(hers.path)

    for response in (
        ada.post(f"{hers.path}/messages", body),
        ada.post(f"{hers.path}/messages", {"messages": [body]}),
        ada.put(hers.path, {"meta_data": {}}),
        ada.put(f"{hers.path}/metadata", {}),
        ada.post("/v1/messages/assistant", {"thread_id": hers.thread["id"], "is_last_chunk": False}),
    ):
        assert response.status_code == 404
    assert ada.get(f"/v1/messages/{hers.message['id']}").status_code == 404
