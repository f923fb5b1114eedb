from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import pytest

from threadkeep.client import AsyncClient, Client, analytics
from threadkeep.client.services import RemoteAnalyticsService
from threadkeep.errors import InvalidInput
from threadkeep.records import Findings
from threadkeep.routers.native.analytics import router

NAMES = [name for name in vars(RemoteAnalyticsService) if not name.startswith("_")]
OCTOBER = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


def options_of(name: str) -> dict[str, Any]:
    options: dict[str, dict[str, Any]] = {"metadata": {"key": "topic"}, "unanswered": {"hours": 0}}
    return options.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_each_question_has_the_path_and_the_parameters_of_its_route(name: str) -> None:
    routes: list[Any] = list(router.routes)
    (route,) = [route for route in routes if route.name == name]
    parameters = inspect.signature(getattr(analytics, name)).parameters
    options = {option: "x" for option in parameters if option not in {"since", "until"}}

    call = getattr(analytics, name)(since=OCTOBER[0], until=OCTOBER[1], **options)

    assert (call.method, call.path) == ("GET", route.path)
    assert call.query.keys() == route.endpoint.__annotations__["parameters"].__origin__.model_fields.keys()


@pytest.mark.slow
def test_each_question_returns_findings_with_the_declared_keys() -> None:
    with Client.local(":memory:") as client:
        user = client.user_service.create_user()
        thread = client.thread_service.create_thread([user.id], {"topic": "boats"})
        client.message_service.create_message(thread.id, "Is it calm?", sender_id=user.id)
        client.message_service.create_message(thread.id, "It is.", "assistant", assistant_id="asst_1")
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)

        answers = {name: getattr(client.analytics_service, name)(until=until, **options_of(name)) for name in NAMES}

    for name, answer in answers.items():
        assert isinstance(answer, Findings), name
        assert (answer.until, answer.as_of is None) == (until.isoformat(), name not in FROM_DAILY_FACTS), name
        assert all(row.keys() == get_type_hints(type(row)).keys() for row in answer), name
    assert answers["metadata"][0].value == "boats"
    assert answers["answer_times"][0].assistant_id == "asst_1"


FROM_DAILY_FACTS = {
    *("active_users", "new_and_returning_users", "stickiness", "retention", "days_of_activity", "messages"),
    *("active_threads", "answer_times_by_day", "busiest_threads", "growth", "storage"),
}


@pytest.mark.slow
async def test_the_async_client_has_the_same_questions() -> None:
    async with AsyncClient.local(":memory:") as client:
        answer = await client.analytics_service.busy_hours(*OCTOBER, zone="Asia/Kolkata")
        with pytest.raises(InvalidInput):
            await client.analytics_service.busy_hours(zone="Nowhere")

    assert (answer.to_list(), answer.since) == ([], "2026-10-01T00:00:00+00:00")
