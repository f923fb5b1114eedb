from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller, Person

FIELDS = {
    "full_name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "picture_url": "https://example.org/ada.png",
    "email_verified": True,
    "oauth_provider": "github",
}


def address() -> str:
    return f"ada-{secrets.token_hex(8)}@example.org"


def test_a_user_is_created_with_every_field(admin: Caller) -> None:
    fields = FIELDS | {"email": address(), "provider_user_id": secrets.token_hex(8)}

    response = admin.post("/v1/users", fields)

    assert response.status_code == 201
    assert answered(response).items() >= fields.items()
    assert answered(admin.get(f"/v1/users/{response.json()['id']}")) == response.json()


def test_a_user_without_any_field_is_local(admin: Caller) -> None:
    user = answered(admin.post("/v1/users", {}))

    assert (user["oauth_provider"], user["email_verified"], user["email"]) == ("local", False, None)


def test_the_oldest_clients_send_and_read_only_a_name(admin: Caller) -> None:
    user = answered(admin.post("/v1/users", {"name": "Ada"}))

    assert (user["name"], user["full_name"]) == ("Ada", "Ada")


def test_times_are_iso_with_their_zone(admin: Caller) -> None:
    assert answered(admin.post("/v1/users", {}))["created_at"].endswith("+00:00")


def test_an_email_address_belongs_to_one_user(admin: Caller) -> None:
    email = address()
    admin.new_user(email=email)

    response = admin.post("/v1/users", {"email": email})

    assert response.status_code == 409
    assert (response.json()["error"], response.json()["email"]) == ("EmailTaken", email)


def test_an_identity_belongs_to_one_user(admin: Caller) -> None:
    identity = {"oauth_provider": "github", "provider_user_id": secrets.token_hex(8)}
    admin.new_user(**identity)

    response = admin.post("/v1/users", identity)

    assert (response.status_code, response.json()["error"]) == (409, "IdentityTaken")


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nobody"), ("email", ""), ("email_verified", "perhaps"), ("full_name", 7), ("age", 36)],
)
def test_an_invalid_field_is_named(admin: Caller, field: str, value: object) -> None:
    response = admin.post("/v1/users", {field: value})

    assert (response.status_code, response.json()["error"]) == (422, "InvalidInput")
    assert list(problems(response)) == [f"body.{field}"]


def test_an_update_changes_only_the_named_fields(admin: Caller, ada: Person) -> None:
    before = answered(ada.get(f"/v1/users/{ada.id}"))

    after = answered(admin.put(f"/v1/users/{ada.id}", {"given_name": "Augusta", "oauth_provider": None}))

    assert after == before | {"given_name": "Augusta", "oauth_provider": None, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert answered(admin.get(f"/v1/users/{ada.id}")) == after


def test_an_update_to_a_taken_email_address_changes_nothing(admin: Caller, ada: Person) -> None:
    email = address()
    admin.new_user(email=email)

    response = admin.put(f"/v1/users/{ada.id}", {"email": email, "given_name": "Augusta"})

    assert (response.status_code, response.json()["error"]) == (409, "EmailTaken")
    assert answered(ada.get(f"/v1/users/{ada.id}"))["given_name"] is None


def test_an_update_without_fields_is_refused(ada: Person) -> None:
    response = ada.put(f"/v1/users/{ada.id}", {})

    assert (response.status_code, list(problems(response))) == (422, ["body"])


def test_an_unknown_user_is_named(admin: Caller) -> None:
    for response in (
        admin.get("/v1/users/user_gone"),
        admin.put("/v1/users/user_gone", {"given_name": "Ada"}),
        admin.delete("/v1/users/user_gone"),
    ):
        assert response.status_code == 404
        assert response.json() == {
            "error": "UserNotFound",
            "detail": "User 'user_gone' does not exist.",
            "user_id": "user_gone",
        }


def test_erasing_a_user_is_answered_with_its_counts(admin: Caller, ada: Person, bob: Person) -> None:
    ada.new_message(ada.new_thread()["id"])
    common = admin.new_thread(participant_ids=[bob.id, ada.id])
    message = ada.new_message(common["id"], "Mine")

    erased = answered(admin.delete(f"/v1/users/{ada.id}"))

    assert erased == {
        "success": True,
        "message": f"User {ada.id!r} was erased.",
        "threads_deleted": 1,
        "threads_left": 1,
        "messages_anonymised": 1,
        "keys_revoked": 1,
    }
    assert answered(bob.get(f"/v1/messages/{message['id']}"))["sender_id"] == "deleted_user"
    assert answered(bob.get(f"/v1/threads/{common['id']}"))["participant_ids"] == [bob.id]
    assert admin.get(f"/v1/users/{ada.id}").status_code == 404


@pytest.mark.usefixtures("live_server")
def test_users_are_listed_newest_first(admin: Caller) -> None:
    made = [answered(admin.post("/v1/users", {"full_name": str(number)})) for number in range(3)]

    page = answered(admin.get("/v1/users"))

    assert page == {
        "object": "list",
        "data": made[::-1],
        "first_id": made[2]["id"],
        "last_id": made[0]["id"],
        "has_more": False,
        "next_cursor": None,
    }


@pytest.mark.usefixtures("live_server")
def test_pages_of_users_follow_each_other(admin: Caller) -> None:
    made = [answered(admin.post("/v1/users", {}))["id"] for _ in range(5)]

    first = answered(admin.get("/v1/users", limit=2, order="asc"))
    second = answered(admin.get("/v1/users", limit=2, order="asc", after=first["next_cursor"]))
    back = answered(admin.get("/v1/users", limit=2, order="asc", before=second["first_id"]))

    assert [user["id"] for user in first["data"] + second["data"]] == made[:4]
    assert (first["has_more"], second["has_more"]) == (True, True)
    assert back["data"] == first["data"]


def test_a_user_is_found_by_email_address(admin: Caller) -> None:
    email = address()
    ada = admin.new_user(email=email)

    assert [user["id"] for user in answered(admin.get("/v1/users", email=email))["data"]] == [ada.id]
    assert answered(admin.get("/v1/users", email=".*"))["data"] == []


def test_the_threads_of_a_user_are_listed_in_the_format_of_the_oldest_clients(ada: Person) -> None:
    threads = [ada.new_thread()["id"] for _ in range(2)]

    assert answered(ada.get(f"/v1/users/{ada.id}/threads")) == {"thread_ids": threads[::-1]}
