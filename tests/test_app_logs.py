"""What the application logs, and answers, of requests and faults of ours."""

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


def lines_of_ours(log: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.splitlines()]
    return [line for line in lines if line["logger"].startswith("threadkeep")]


async def break_down(thread_id: Annotated[str, Path()], message: Annotated[dict[str, Any], Body()]) -> None:
    raise LookupError(f"{message['content']} in {thread_id}")


BROKEN = FastRoute("/v1/broken/{thread_id}", break_down, methods=["POST"])


async def test_a_fault_of_ours_tells_nothing_of_it_but_its_request_id(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json", access_log=True)
    app = app_with(BROKEN, access_log=True)
    async with running(app) as client:
        await app.state.opened
        response = await client.post("/v1/broken/thread_66", json={"content": TEXT}, headers={"x-request-id": "mine"})

    assert response.status_code == 500
    assert response.json() == {"error": "InternalError", "detail": "Something went wrong on our side."}
    assert (response.headers["x-request-id"], response.headers["x-content-type-options"]) == ("mine", "nosniff")
    fault, request = lines_of_ours(read_log())
    assert (fault["event"], fault["error"], fault["request_id"]) == ("internal_error", "LookupError", "mine")
    assert "in break_down" in fault["exception"]
    assert (request["event"], request["status"], request["route"]) == ("request", 500, "/v1/broken/{thread_id}")
    for told in (str(fault), str(request)):
        assert TEXT not in told
        assert "thread_66" not in told


async def test_the_log_has_routes_and_never_paths_queries_keys_or_texts(configure_log: ConfigureLog) -> None:
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

    lines = lines_of_ours(read_log())
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/v1/threads/{thread_id}/messages", 404),
        ("PUT", "/v1/users/{user_id}", 404),
        ("POST", "", 404),
        ("GET", "/openai/v1/threads/{thread_id}", 404),
        ("GET", "", 401),
    ]
    assert all(line.keys() == {"method", "route", "status", "ms", *COMMON} for line in lines)
    for told in (key, TEXT, "_66"):
        assert told not in str(lines)


async def test_requests_are_not_logged_unless_that_is_wanted(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json")
    async with running(app_with()) as client:
        await client.get("/v1/users")

    assert lines_of_ours(read_log()) == []


async def test_a_fault_that_nobody_foresaw_leaves_the_application_working() -> None:
    app = app_with(BROKEN, max_concurrent_requests=1, max_waiting_requests=0)
    async with running(app) as client:
        await app.state.opened
        for _ in range(3):
            assert (await client.post("/v1/broken/x", json={"content": "x"})).status_code == 500

        assert (await client.get("/v1/users")).status_code == 200
