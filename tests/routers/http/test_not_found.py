from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.raw_http import exchange, get
from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller, Person

NOT_FOUND = {"error": "PathNotFound", "detail": "There is nothing at this path."}


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v2/threads", "/v1/", "/V1/threads", "/v1/threads/a/b/c", "/v1/users/x/assistants"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_an_unknown_path_is_not_found(admin: Caller, method: str, path: str) -> None:
    response = admin.send(method, path)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    "path", ["/v1/threads/", "/v1/users/", "/v1/threads/x/", "/v1/threads/x/messages/", "/healthz/", "/docs/"]
)
def test_a_path_with_a_trailing_slash_is_not_found(admin: Caller, path: str) -> None:
    response = admin.get(path)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/threads/x", "DELETE, GET, HEAD, POST, PUT"),
        ("PUT", "/v1/threads", "GET, HEAD, POST"),
        ("GET", "/v1/messages", "POST"),
        ("POST", "/v1/messages/x", "DELETE, GET, HEAD, PUT"),
        ("PATCH", "/v1/threads/x/messages", "DELETE, GET, HEAD, POST, PUT"),
        ("OPTIONS", "/v1/users", "GET, HEAD, POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("TRACE", "/v1/users", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_is_not_allowed_is_answered_with_the_allowed_methods(
    admin: Caller, method: str, path: str, allowed: str
) -> None:
    response = admin.send(method, path)

    assert response.status_code == 405
    assert response.json() == {"error": "MethodNotAllowed", "detail": "This path does not take this method."}
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/v1/users", "/v1/threads/{thread}", "/healthz", "/readyz"])
def test_head_answers_as_get_without_the_body(ada: Person, admin: Caller, path: str) -> None:
    url = path.format(thread=ada.new_thread()["id"])

    get, head = admin.get(url), admin.send("HEAD", url)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == get.headers.get(name)
    assert admin.send("HEAD", "/v1/threads/gone").status_code == 404


@pytest.mark.parametrize(
    "segment",
    ["%00", "%F0%9F%98%80", "a%20b", "..%2e", "%24ne", "%7B%22%24ne%22%3A1%7D", "x" * 128, "*", "%25", "%C3%28"],
)
def test_special_characters_in_an_id_are_part_of_the_id(admin: Caller, segment: str) -> None:
    for path in (f"/v1/threads/{segment}", f"/v1/messages/{segment}", f"/v1/users/{segment}"):
        assert admin.get(path).status_code == 404
        assert admin.delete(path).json()["error"].endswith("NotFound")


@pytest.mark.parametrize("path", ["/v1/threads/{}", "/v1/messages/{}", "/v1/users/{}", "/v1/threads/{}/messages"])
def test_an_id_has_a_maximum_length(admin: Caller, path: str) -> None:
    response = admin.get(path.format("x" * 257))

    assert response.status_code == 422
    assert set(problems(response).values()) == {"string_too_long"}
    assert next(iter(problems(response))).startswith("path.")


def test_an_id_may_be_percent_encoded(ada: Person, thread: dict[str, Any]) -> None:
    encoded = "".join(f"%{ord(character):02x}" for character in thread["id"])

    assert answered(ada.get(f"/v1/threads/{encoded}")) == thread


def test_an_imported_id_may_contain_any_characters(served: LiveServer, ada: Person, thread: dict[str, Any]) -> None:
    stored = served.database["threads"].find_one({"_id": thread["id"]})
    assert stored is not None
    served.database["threads"].insert_one({**stored, "_id": "größe #1?%2e@x"})

    found = answered(ada.get("/v1/threads/gr%C3%B6%C3%9Fe%20%231%3F%252e%40x"))

    assert found["id"] == "größe #1?%2e@x"


@pytest.mark.parametrize(
    "path", [b"/docs/../v1/users", b"/docs/assets/../../v1/users", b"/healthz/../v1/users", b"//v1/users"]
)
def test_a_public_path_does_not_lead_to_another(served: LiveServer, path: bytes) -> None:
    assert exchange(served.url, get(path)).split()[1] in {b"401", b"404"}
