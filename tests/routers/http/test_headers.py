from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller, Person

PATHS = ["/v1/users", "/v1/nothing", "/v1/threads/gone", "/healthz", "/readyz", "/docs", "/openapi.json"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("as_admin", [True, False])
def test_every_answer_has_the_security_headers(admin: Caller, anonymous: Caller, path: str, *, as_admin: bool) -> None:
    headers = (admin if as_admin else anonymous).get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_its_own_request_id(admin: Caller, path: str) -> None:
    ids = [admin.get(path).headers["x-request-id"] for _ in range(2)]

    assert ids[0] != ids[1]
    assert all(re.fullmatch("req_[A-Za-z0-9]{22}", request_id) for request_id in ids)


@pytest.mark.parametrize("request_id", ["trace-1.2_3", "a" * 128])
@pytest.mark.parametrize("path", ["/v1/users", "/v1/nothing", "/healthz"])
def test_a_valid_request_id_of_the_caller_is_returned(admin: Caller, request_id: str, path: str) -> None:
    response = admin.send("GET", path, headers={"x-request-id": request_id})

    assert response.headers.get_list("x-request-id") == [request_id]


@pytest.mark.parametrize("request_id", ["", "a" * 129, "two words", "a\tb", b"\xe4", "a;b", "<script>"])
def test_an_invalid_request_id_is_replaced(admin: Caller, request_id: str | bytes) -> None:
    response = admin.send("GET", "/v1/users", headers={"x-request-id": request_id})

    assert response.headers["x-request-id"].startswith("req_")


def test_an_answer_is_json_with_a_content_length(ada: Person) -> None:
    for response in (ada.get(f"/v1/users/{ada.id}"), ada.get("/v1/threads/gone"), ada.get("/v1/threads?limit=x")):
        assert response.headers["content-type"] == "application/json"
        assert response.headers["content-length"] == str(len(response.content))


def test_an_answer_without_a_body_has_no_headers_of_a_body(ada: Person) -> None:
    prefix = ada.post(f"/v1/users/{ada.id}/apikeys", {}).json()["details"]["prefix"]

    response = ada.delete(f"/v1/users/{ada.id}/apikeys/{prefix}")

    assert response.status_code == 204
    assert not {"content-length", "content-type", "transfer-encoding"} & response.headers.keys()


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer {key}"},
        {"authorization": "bearer   {key}"},
        {"x-api-key": "{key}"},
        {"authorization": "Basic dXNlcjpwYXNz", "x-api-key": "{key}"},
        {"authorization": "Bearer", "x-api-key": "{key}"},
    ],
)
def test_a_key_is_sent_in_either_header(anonymous: Caller, ada: Person, headers: dict[str, str]) -> None:
    sent = {name: value.format(key=ada.key) for name, value in headers.items()}

    assert anonymous.send("GET", "/v1/threads", headers=sent).is_success


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({}, "Missing API key: send it as 'Authorization: Bearer …' or in 'X-API-Key'."),
        ({"authorization": "Basic dXNlcjpwYXNz"}, "Missing API key"),
        ({"authorization": "Bearer"}, "Missing API key"),
        ({"x-api-key": ""}, "Missing API key"),
        ({"x-api-key": "x" * 513}, "This API key is unknown"),
        ({"x-api-key": "x" * 300}, "This API key is unknown, expired or revoked."),
        ({"authorization": "Bearer tk_"}, "unknown, expired or revoked"),
        ({"authorization": b"Bearer \xff\xfe"}, "unknown, expired or revoked"),
        ({"x-api-key": '{"$ne": null}'}, "unknown, expired or revoked"),
    ],
)
def test_a_request_without_a_valid_key_is_refused(anonymous: Caller, headers: dict[str, str], detail: str) -> None:
    response = anonymous.send("GET", "/v1/users", headers=headers)

    assert (response.status_code, response.json()["error"]) == (401, "Unauthorized")
    assert detail in response.json()["detail"]
    assert response.headers["www-authenticate"] == "Bearer"


def test_other_origins_are_not_allowed_unless_configured(admin: Caller) -> None:
    preflight = {"origin": "https://example.org", "access-control-request-method": "GET"}

    for response in (
        admin.send("OPTIONS", "/v1/users", headers=preflight),
        admin.send("GET", "/v1/users", headers={"origin": "https://example.org"}),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]
