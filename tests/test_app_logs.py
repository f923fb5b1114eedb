"""The log lines and answers of the application for requests and internal errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, Path

from threadkeep.routers.http.route import FastRoute
from threadkeep.tests.app_in_memory import app_with, running

if TYPE_CHECKING:
    from threadkeep.tests.conftest import ConfigureLog

TEXT = "the text of a message"
COMMON = {"event", "level", "logger", "request_id", "timestamp"}


def lines_of_threadkeep(log: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.splitlines()]
    return [line for line in lines if line["logger"].startswith("threadkeep")]


async def fail(thread_id: Annotated[str, Path()], message: Annotated[dict[str, Any], Body()]) -> None:
    raise LookupError(f"{message['content']} in {thread_id}")


FAILING_ROUTE = FastRoute("/v1/broken/{thread_id}", fail, methods=["POST"])


async def test_an_internal_error_shows_clients_its_request_id_and_no_detail(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json", access_log=True)
    app = app_with(FAILING_ROUTE, access_log=True)
    async with running(app) as client:
        await app.state.opened
        response = await client.post("/v1/broken/thread_66", json={"content": TEXT}, headers={"x-request-id": "mine"})

    assert response.status_code == 500
    assert response.json() == {"error": "InternalError", "detail": "Something went wrong on our side."}
    assert (response.headers["x-request-id"], response.headers["x-content-type-options"]) == ("mine", "nosniff")
    fault, request = lines_of_threadkeep(read_log())
    assert (fault["event"], fault["error"], fault["request_id"]) == ("internal_error", "LookupError", "mine")
    assert "in fail" in fault["exception"]
    assert (request["event"], request["status"], request["route"]) == ("request", 500, "/v1/broken/{thread_id}")
    for line in (str(fault), str(request)):
        assert TEXT not in line
        assert "thread_66" not in line


async def test_the_log_has_routes_but_no_paths_queries_keys_or_texts(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json", log_level="debug", access_log=True)
    app = app_with(access_log=True, auth=True)
    async with running(app) as client:
        await app.state.opened
        key = (await app.state.keep.key_service.create_key("admin")).plain_key
        for method, path in (
            ("GET", f"/v1/threads/thread_66/messages?after={TEXT}"),
            ("PUT", "/v1/users/user_66"),
            ("POST", "/v1/nowhere/thread_66"),
            ("GET", "/openai/v1/threads/thread_66"),
        ):
            headers = {"authorization": f"Bearer {key}", "idempotency-key": TEXT}
            await client.request(method, path, headers=headers, json={"full_name": TEXT})
        await client.get("/v1/users/user_66", headers={"x-api-key": f"{key}x"})

    lines = lines_of_threadkeep(read_log())
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/v1/threads/{thread_id}/messages", 404),
        ("PUT", "/v1/users/{user_id}", 404),
        ("POST", "", 404),
        ("GET", "/openai/v1/threads/{thread_id}", 404),
        ("GET", "", 401),
    ]
    assert all(line.keys() == {"method", "route", "status", "ms", *COMMON} for line in lines)
    for secret in (key, TEXT, "thread_66", "user_66"):
        assert secret not in str(lines)


async def test_requests_are_logged_only_if_access_log_is_set(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json")
    async with running(app_with()) as client:
        await client.get("/v1/users")

    assert lines_of_threadkeep(read_log()) == []


async def test_internal_errors_release_their_admission_slots() -> None:
    app = app_with(FAILING_ROUTE, max_concurrent_requests=1, max_waiting_requests=0)
    async with running(app) as client:
        await app.state.opened
        for _ in range(3):
            assert (await client.post("/v1/broken/x", json={"content": "x"})).status_code == 500

        assert (await client.get("/v1/users")).status_code == 200
