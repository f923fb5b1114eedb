"""Every route of every API has authentication, validation and a description."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from fastapi import FastAPI
from fastapi.params import Body
from pydantic import TypeAdapter
from starlette.routing import Mount

from threadkeep.routers.http.route import FastRoute
from threadkeep.tests.routers.for_each import for_each
from threadkeep.tests.routers.routes import ENTRIES, Entry, application, other_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.routers.callers import Caller

PUBLIC = {"/healthz", "/readyz"}
GUARDED = [entry for entry in ENTRIES if entry.path not in PUBLIC]
DESCRIBED = [entry for entry in ENTRIES if entry.route.include_in_schema]
DESCRIBED_AND_GUARDED = [entry for entry in GUARDED if entry in DESCRIBED]
WRITES = [entry for entry in DESCRIBED_AND_GUARDED if entry.method != "GET"]
DESCRIPTIONS = {"/openapi.json", "/openai/openapi.json"}


def with_ids(path: str, value: str = "x") -> str:
    return re.sub(r"\{[^}]+\}", value, path)


@pytest.fixture(scope="module")
def descriptions() -> dict[str, Any]:
    """The OpenAPI documents of all APIs, by the prefix of their paths."""
    app = application()
    found = {"": app.openapi()}
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            found[route.path] = route.app.openapi()
    return found


def operation_of(descriptions: dict[str, Any], entry: Entry) -> Any:
    """Return the OpenAPI operation of a route."""
    prefix = max((prefix for prefix in descriptions if entry.path.startswith(prefix)), key=len)
    return descriptions[prefix]["paths"][entry.path.removeprefix(prefix)][entry.method.lower()]


def body_of(entry: Entry) -> TypeAdapter[Any]:
    """Return the type adapter of the body of a route."""
    hints = get_type_hints(entry.route.endpoint, include_extras=True).values()
    return TypeAdapter(next(hint for hint in hints if any(isinstance(mark, Body) for mark in get_args(hint))))


def test_no_other_routes_exist() -> None:
    assert set(other_routes(application().routes)) == DESCRIPTIONS | {
        "/docs",
        "/docs/assets",
        "/metrics",
        "/openai/docs",
    }
    assert len({str(entry) for entry in ENTRIES}) == len(ENTRIES)


@for_each(ENTRIES)
def test_every_route_is_a_fast_route(entry: Entry) -> None:
    assert isinstance(entry.route, FastRoute)


@for_each(GUARDED)
def test_every_route_refuses_a_missing_or_wrong_key_first(anonymous: Caller, entry: Entry) -> None:
    for headers in ({}, {"x-api-key": "tk_wrong"}):
        response = anonymous.send(entry.method, with_ids(entry.path), content=b"not JSON", headers=headers)

        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert error_kind(entry, response.json()) == "Unauthorized"


@pytest.mark.parametrize("path", ["/metrics", "/v1", "/openai/v1", "/nothing"])
def test_unknown_paths_without_a_key_are_answered_401(anonymous: Caller, path: str) -> None:
    assert anonymous.get(path).status_code == 401


@pytest.mark.slow
@for_each(DESCRIBED_AND_GUARDED)
def test_every_route_refuses_invalid_requests_in_the_error_format_of_its_api(admin: Caller, entry: Entry) -> None:
    refused = [admin.send(entry.method, url, **options) for url, options in bad_requests(entry)]

    assert refused
    for response in refused:
        assert 400 <= response.status_code < 500
        assert response.status_code not in {401, 403, 405}
        assert error_kind(entry, response.json()) in {"InvalidInput", "UnsupportedMediaType", "TooLarge", "NotFound"}


def bad_requests(entry: Entry) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requests to the route with one error each."""
    url = with_ids(entry.path)
    if "{" in entry.path:
        yield with_ids(entry.path, "x" * 2000), {"json": {}} if entry.route.body_field else {}
    if not entry.path.startswith("/openai/"):
        yield f"{url}?nonsense=1", {"json": {}} if entry.route.body_field else {}
    if entry.route.body_field:
        for content in (b"{", b"[]", b'{"nonsense": 1, "nonsense": 2}', b"\xff"):
            yield url, {"content": content, "headers": {"content-type": "application/json"}}
        yield url, {"content": b"{}", "headers": {"content-type": "text/plain"}}


@for_each([entry for entry in GUARDED if entry.route.body_field])
def test_every_route_refuses_a_compressed_body_and_names_the_encoding(admin: Caller, entry: Entry) -> None:
    response = admin.send(
        entry.method, with_ids(entry.path), content=gzip.compress(b"{}"), headers={"content-encoding": "gzip"}
    )

    assert response.status_code == 415
    assert "gzip" in response.text
    assert response.headers["accept-encoding"] == "identity"
    assert error_kind(entry, response.json()) in {"UnsupportedEncoding", "InvalidInput"}


def error_kind(entry: Entry, body: Any) -> str:
    """Return the kind of an error, and check that the error has the format of its API."""
    if entry.path.startswith("/openai/"):
        error = body["error"]
        assert error.keys() == {"message", "type", "param", "code"}
        assert isinstance(error["message"], str)
        assert error["type"] == "invalid_request_error"
        return "Unauthorized" if error["code"] == "invalid_api_key" else "InvalidInput"
    assert body.keys() >= {"error", "detail"}
    if isinstance(body["detail"], list):
        assert all(problem.keys() - {"ctx"} == {"loc", "msg", "type"} for problem in body["detail"])
    return "NotFound" if body["error"].endswith("NotFound") else str(body["error"])


@for_each(DESCRIBED)
def test_every_route_has_a_summary_and_one_form_of_success(descriptions: dict[str, Any], entry: Entry) -> None:
    operation = operation_of(descriptions, entry)

    assert operation["summary"][0].isupper()
    assert not operation["summary"].endswith(".")
    assert operation["description"].endswith(".") or entry.path in PUBLIC
    success = {status: found for status, found in operation["responses"].items() if status.startswith("2")}
    assert len(success) == 1 or (entry.method == "PUT" and [*success] == ["200", "201"])  # 201: it was created
    assert len({str(found.get("content")) for found in success.values()}) == 1
    assert all("content" in found or status == "204" for status, found in success.items())


@for_each(DESCRIBED_AND_GUARDED)
def test_the_errors_and_keys_of_every_route_are_described(descriptions: dict[str, Any], entry: Entry) -> None:
    operation = operation_of(descriptions, entry)
    responses = operation["responses"]

    assert operation["security"] == [{"bearer": []}, {"apiKey": []}]
    assert {"401", "503"} <= responses.keys()
    assert {"400", "422"} & responses.keys()
    for status, response in responses.items():
        assert response["description"]
        assert status.startswith("2") or "$ref" in response["content"]["application/json"]["schema"]
    if "requestBody" in operation:
        assert {"408", "413", "415"} <= responses.keys()


@for_each(DESCRIBED_AND_GUARDED)
def test_examples_of_bodies_and_ids_are_valid(descriptions: dict[str, Any], entry: Entry) -> None:
    operation = operation_of(descriptions, entry)

    for parameter in operation.get("parameters", ()):
        assert parameter["in"] != "path" or parameter["schema"]["examples"]
    if "application/json" in operation.get("requestBody", {}).get("content", ()):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["examples"]
        for example in schema["examples"]:
            body_of(entry).validate_python(example)


@for_each(WRITES)
def test_every_write_takes_an_idempotency_key(descriptions: dict[str, Any], entry: Entry) -> None:
    operation = operation_of(descriptions, entry)

    assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]
    assert "409" in operation["responses"]


def test_both_headers_for_a_key_are_described(descriptions: dict[str, Any]) -> None:
    for description in descriptions.values():
        schemes = description["components"]["securitySchemes"]
        assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
        assert (schemes["apiKey"]["in"], schemes["apiKey"]["name"]) == ("header", "X-API-Key")


def test_no_validation_error_of_fastapi_is_described(descriptions: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(descriptions)


def test_only_the_unsupported_runs_route_is_not_described() -> None:
    assert {str(entry) for entry in ENTRIES} - {str(entry) for entry in DESCRIBED} == {"POST /openai/v1/threads/runs"}
