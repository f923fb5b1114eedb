from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.routers.callers import Caller, Person, answered, problems

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer


@pytest.mark.parametrize("path", ["/v1/admin/users/{}/keys", "/v1/users/{}/apikeys"])
def test_the_key_of_a_user_is_shown_once(admin: Caller, ada: Person, path: str) -> None:
    made = admin.post(path.format(ada.id), {"key_name": "laptop", "expires_in_days": 90})

    assert made.status_code == 201
    plain, details = made.json()["plain_key"], made.json()["details"]
    assert plain.startswith(details["prefix"])
    assert (details["scope"], details["user_id"], details["key_name"]) == ("user", ada.id, "laptop")
    assert details["is_active"]
    assert details["expires_at"] > details["created_at"]
    assert plain not in admin.get(path.format(ada.id)).text
    assert Caller(admin.http, plain).get(f"/v1/users/{ada.id}").is_success


def test_only_a_hash_of_the_secret_is_stored(served: LiveServer, ada: Person) -> None:
    assert ada.key is not None
    stored = served.database["api_keys"].find_one({"user_id": ada.id})

    assert stored is not None
    assert ada.key[11:] not in str(stored)
    assert len(bytes.fromhex(stored["hash"])) == 32


def test_a_secret_has_256_random_bits(admin: Caller) -> None:
    first, second = admin.new_key(), admin.new_key()

    assert len(first[11:]) == len(second[11:]) == 43  # 32 bytes in base64
    assert first[11:] != second[11:]


def test_a_user_manages_its_own_keys(ada: Person) -> None:
    made = answered(ada.post(f"/v1/users/{ada.id}/apikeys", {}))
    prefix = made["details"]["prefix"]

    assert answered(ada.get(f"/v1/users/{ada.id}/apikeys/{prefix}")) == made["details"]
    assert made["details"] in answered(ada.get(f"/v1/users/{ada.id}/apikeys"))["keys"]
    revoked = ada.delete(f"/v1/users/{ada.id}/apikeys/{prefix}")
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert not answered(ada.get(f"/v1/users/{ada.id}/apikeys/{prefix}"))["is_active"]


def test_revoking_again_changes_nothing(ada: Person) -> None:
    prefix = answered(ada.post(f"/v1/users/{ada.id}/apikeys", {}))["details"]["prefix"]

    statuses = {ada.delete(f"/v1/users/{ada.id}/apikeys/{prefix}").status_code for _ in range(2)}

    assert statuses == {204}


def test_inactive_keys_are_omitted_on_request(ada: Person) -> None:
    prefix = answered(ada.post(f"/v1/users/{ada.id}/apikeys", {}))["details"]["prefix"]
    ada.delete(f"/v1/users/{ada.id}/apikeys/{prefix}")

    def listed(**query: str) -> list[str]:
        return [key["prefix"] for key in answered(ada.get(f"/v1/users/{ada.id}/apikeys", **query))["keys"]]

    assert prefix in listed()
    assert prefix in listed(include_inactive="true")
    assert prefix not in listed(include_inactive="false")


def test_the_last_use_of_a_key_is_stored(ada: Person) -> None:
    def last_use() -> str | None:
        used: str | None = answered(ada.get(f"/v1/users/{ada.id}/apikeys"))["keys"][0]["last_used_at"]
        return used

    while last_use() is None:  # stored after the answer
        pass


@pytest.mark.parametrize("scope", ["admin", "service"])
def test_an_admin_creates_keys_of_any_scope(admin: Caller, http: httpx2.Client, scope: str) -> None:
    made = answered(admin.post("/v1/admin/keys", {"scope": scope, "key_name": "bot"}))

    assert (made["details"]["scope"], made["details"]["user_id"]) == (scope, None)
    assert made["details"] in [{**key, "last_used_at": None} for key in answered(admin.get("/v1/admin/keys"))["keys"]]
    assert Caller(http, made["plain_key"]).get("/v1/users").is_success
    assert admin.delete(f"/v1/admin/keys/{made['details']['prefix']}").status_code == 204


def test_the_default_scope_of_a_key_is_service(admin: Caller) -> None:
    assert answered(admin.post("/v1/admin/keys", {}))["details"]["scope"] == "service"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "god"}, "body.scope"),
        ({"scope": "user"}, "user_id"),
        ({"scope": "admin", "user_id": "user_x"}, "user_id"),
        ({"expires_in_days": 0}, "body.expires_in_days"),
        ({"expires_in_days": 10**9}, "body.expires_in_days"),
        ({"is_admin": True}, "body.is_admin"),
    ],
)
def test_an_invalid_field_of_a_new_key_is_refused(admin: Caller, body: dict[str, object], field: str) -> None:
    response = admin.post("/v1/admin/keys", body)

    assert (response.status_code, list(problems(response))) == (422, [field])


def test_a_key_for_a_user_who_does_not_exist_is_refused(admin: Caller) -> None:
    for response in (
        admin.post("/v1/admin/users/user_gone/keys", {}),
        admin.post("/v1/admin/keys", {"scope": "user", "user_id": "user_gone"}),
    ):
        assert (response.status_code, response.json()["error"]) == (404, "UserNotFound")


def test_a_key_that_does_not_exist_is_named(admin: Caller, ada: Person) -> None:
    for response in (
        admin.delete("/v1/admin/keys/tk_gone"),
        admin.get(f"/v1/users/{ada.id}/apikeys/tk_gone"),
        admin.delete(f"/v1/users/{ada.id}/apikeys/tk_gone"),
    ):
        assert response.status_code == 404
        assert response.json() == {
            "error": "KeyNotFound",
            "detail": "API key 'tk_gone' does not exist.",
            "prefix": "tk_gone",
        }
