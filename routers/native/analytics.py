"""The routes of analytics in the native API. Each method of the service has a path, and its docstring describes the path."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from fastapi import APIRouter, Query
from pydantic import create_model

from ...errors import Forbidden, InvalidInput
from ...inputs import LimitQuery, MetadataQuery, PeriodQuery, UnitQuery, WaitingQuery, ZonedUnitQuery, ZoneQuery
from ...records import analytics as records
from ...services import AnalyticsService
from ..http import EndpointResponse, StrictRoute
from .errors import errors
from .parameters import RequestOperations
from .response_models import Out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from ...records import Record


class WatchedRoute(StrictRoute):
    """A route that stops its work when the client disconnects."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request. If the client disconnects, stop the work here and in the database."""
        serving = asyncio.ensure_future(super().handle(scope, receive, send))
        watching = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            if not serving.done():
                serving.cancel()
        await serving


async def _disconnected(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


router = APIRouter(prefix="/v1/analytics", tags=["analytics"], route_class=WatchedRoute)

_PATHS: dict[str, tuple[Callable[..., Any], type[PeriodQuery], type[Record]]] = {
    "/activity": (AnalyticsService.activity, ZonedUnitQuery, records.Activity),
    "/users/active": (AnalyticsService.active_users, UnitQuery, records.ActiveUsers),
    "/users/new": (AnalyticsService.new_and_returning_users, PeriodQuery, records.NewAndReturningUsers),
    "/users/stickiness": (AnalyticsService.stickiness, PeriodQuery, records.Stickiness),
    "/users/retention": (AnalyticsService.retention, PeriodQuery, records.Retention),
    "/users/days": (AnalyticsService.days_of_activity, PeriodQuery, records.DaysOfActivity),
    "/messages": (AnalyticsService.messages, PeriodQuery, records.MessagesOfDay),
    "/messages/hours": (AnalyticsService.busy_hours, ZoneQuery, records.BusyHour),
    "/messages/given_up": (AnalyticsService.given_up, PeriodQuery, records.GivenUp),
    "/answers": (AnalyticsService.answer_times, PeriodQuery, records.AnswerTimesOfAssistant),
    "/answers/hours": (AnalyticsService.answer_times_by_hour, ZoneQuery, records.AnswerTimesOfHour),
    "/answers/days": (AnalyticsService.answer_times_by_day, PeriodQuery, records.AnswerTimesOfDay),
    "/threads/active": (AnalyticsService.active_threads, PeriodQuery, records.ThreadsOfDay),
    "/threads/new": (AnalyticsService.new_threads, ZonedUnitQuery, records.NewThreads),
    "/threads/lengths": (AnalyticsService.thread_lengths, PeriodQuery, records.ThreadLength),
    "/threads/durations": (AnalyticsService.thread_durations, PeriodQuery, records.ThreadDuration),
    "/threads/drop_off": (AnalyticsService.drop_off, PeriodQuery, records.DropOff),
    "/threads/unanswered": (AnalyticsService.unanswered, WaitingQuery, records.Unanswered),
    "/threads/longest": (AnalyticsService.longest_threads, LimitQuery, records.LongThread),
    "/threads/busiest": (AnalyticsService.busiest_threads, LimitQuery, records.BusyThread),
    "/threads/questions": (AnalyticsService.similar_questions, LimitQuery, records.SimilarQuestions),
    "/threads/metadata": (AnalyticsService.metadata, MetadataQuery, records.MetadataValue),
    "/tools": (AnalyticsService.tool_calls, PeriodQuery, records.ToolCalls),
    "/assistants/shared": (AnalyticsService.shared_threads, PeriodQuery, records.SharedThreads),
    "/assistants/hand_overs": (AnalyticsService.hand_overs, PeriodQuery, records.HandOvers),
    "/growth": (AnalyticsService.growth, PeriodQuery, records.Growth),
    "/storage": (AnalyticsService.storage, LimitQuery, records.Storage),
}


def _add(path: str, method: Callable[..., Any], query: type[PeriodQuery], record: type[Record]) -> None:
    name = method.__name__

    async def endpoint(operations: RequestOperations, parameters: Any) -> EndpointResponse:
        answer: Callable[..., Awaitable[Any]] = getattr(operations.analytics, name)
        return EndpointResponse((await answer(**parameters.model_dump())).envelope())

    endpoint.__name__ = name
    endpoint.__annotations__["parameters"] = Annotated[query, Query()]
    router.add_api_route(
        path,
        endpoint,
        operation_id=f"analytics_{name}",
        summary=name.replace("_", " ").capitalize(),
        description=f"For admins and services. {inspect.getdoc(method)}",
        response_model=partial(_list_model, record),
        responses=errors(Forbidden, InvalidInput),
    )


def _list_model(record: type[Record]) -> type[Out]:
    """The response model of a list of `record`."""
    columns: dict[str, Any] = {name: (kind, ...) for name, kind in get_type_hints(record).items()}
    row = create_model(f"{record.__name__}Out", __base__=Out, __doc__=record.__doc__, **columns)
    envelope: dict[str, Any] = dict.fromkeys(("object", "since", "until"), (str, ...))
    envelope |= {"data": (list[row], ...), "as_of": (str | None, ...)}
    return create_model(f"{record.__name__}ListOut", __base__=Out, **envelope)


for _path, _question in _PATHS.items():
    _add(_path, *_question)
