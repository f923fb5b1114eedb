from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import Path

from threadkeep.routers.http.admission import SLOT, Admission, Slot
from threadkeep.routers.native.analytics import WatchedRoute, router
from threadkeep.settings import Settings
from threadkeep.tests.routers.callers import Caller, answered, problems

if TYPE_CHECKING:
    from fastapi.routing import APIRoute
    from httpx2 import Client
    from starlette.types import Message

    from threadkeep.tests.live_server import LiveServer

ROUTES: list[Any] = list(router.routes)


@pytest.fixture(scope="module", autouse=True)
def _conversation(http: Client, served: LiveServer) -> None:
    ada = Caller(http, served.admin_key).new_user()
    thread = ada.new_thread(meta_data={"topic": "boats"})
    ada.new_messages(thread["id"], "Is it calm?", "Is anybody there?")
    ada.new_message(thread["id"], "It is.", role="assistant", assistant_id="asst_1")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_each_answer_fits_its_response_model(admin: Caller, route: APIRoute) -> None:
    answer = answered(admin.get(route.path, **({"key": "topic"} if route.path.endswith("metadata") else {})))

    assert route.response_model.model_validate(answer)
    assert answer["since"] < answer["until"]


def test_metadata_values_of_a_key_are_listed(admin: Caller) -> None:
    rows = answered(admin.get("/v1/analytics/threads/metadata", key="topic"))["data"]

    assert "boats" in {row["value"] for row in rows}


def test_periods_are_moments_or_dates_with_or_without_a_zone(admin: Caller) -> None:
    answer = answered(
        admin.get("/v1/analytics/activity", since="2026-10-01", until="2026-10-02T02:00:00+02:00", zone="Asia/Kolkata")
    )

    assert (answer["since"], answer["until"]) == ("2026-10-01T00:00:00+00:00", "2026-10-02T00:00:00+00:00")
    assert answer["data"] == []


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"zone": "Nowhere"}, {"query.zone": "zone"}),
        ({"unit": "year"}, {"query.unit": "literal_error"}),
        ({"since": "2026-10-02", "until": "2026-10-01"}, {"query": "period"}),
        ({"since": "soon"}, {"query.since": "datetime_from_date_parsing"}),
        ({"since": "0.5"}, {"query.since": "datetime_type"}),
        ({"since": "0001-01-01T00:00:00+14:00"}, {"query.since": "datetime_range"}),
        (
            {"since": "0001-01-01", "until": "9999-12-31"},
            {"query.since": "datetime_range", "query.until": "datetime_range"},
        ),
    ],
)
def test_an_invalid_parameter_is_named(admin: Caller, query: dict[str, str], refused: dict[str, str]) -> None:
    response = admin.get("/v1/analytics/activity", **query)

    assert response.status_code == 422
    assert problems(response) == refused


class TestDisconnectedClient:
    """A route stops its work when its client disconnects."""

    @pytest.fixture
    def scope(self) -> dict[str, Any]:
        app = SimpleNamespace(state=SimpleNamespace(settings=Settings(_env_file=None)))
        request = {"type": "http", "method": "GET", "path": "/1", "headers": [], "query_string": b""}
        slot = Slot(Admission(Settings(_env_file=None)), "", time.monotonic() + 30)
        return request | {"path_params": {"number": "1"}, "app": app, SLOT: slot}

    async def test_a_disconnect_cancels_the_endpoint(self, scope: dict[str, Any]) -> None:
        ended = asyncio.Event()

        async def endpoint(number: Annotated[int, Path()]) -> None:
            try:
                await asyncio.sleep(number * 60)
            finally:
                ended.set()

        messages: list[Message] = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

        async def receive() -> Message:
            await asyncio.sleep(0.01)
            return messages.pop(0)

        route = WatchedRoute("/{number}", endpoint)
        with pytest.raises(asyncio.CancelledError):
            await route.handle(scope, receive, self._send)

        assert ended.is_set()
        assert self.sent == []

    async def test_a_connected_client_is_answered(self, scope: dict[str, Any]) -> None:
        async def endpoint(number: Annotated[int, Path()]) -> int:
            return number

        async def receive() -> Message:
            await asyncio.sleep(60)
            raise AssertionError

        route = WatchedRoute("/{number}", endpoint)
        await route.handle(scope, receive, self._send)

        assert [message.get("body") for message in self.sent] == [None, b"1"]

    @pytest.fixture(autouse=True)
    def _nothing_sent(self) -> None:
        self.sent: list[Message] = []

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
