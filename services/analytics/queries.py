"""Runs the pipelines of analytics questions: on secondaries if there are any, and within a time limit.

If the caller is cancelled, the query is stopped in the database.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import pymongo
from pymongo import ReadPreference
from pymongo.errors import OperationFailure, PyMongoError

from ...clock import iso, now
from ...errors import InvalidInput, Unavailable
from ...inputs import LimitQuery, PeriodQuery
from ...records import Findings, Record
from ...stored_json import as_json
from ..caller import TRUSTED, Caller
from ..caller_operations import CallerOperations
from ..repeats import repeats_read
from ..rights import require
from ..validation import validate_input, without_none
from .changed_days import hidden_threads
from .pipelines import OVERVIEW, QUESTIONS, day_before
from .rollups import Rollups

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from pymongo.asynchronous.client_session import AsyncClientSession

    from ..runtime import Runtime
    from .pipelines import Question

R = TypeVar("R", bound=Record)
Moment = datetime | None

_UNKNOWN_ZONE = 40485
_DEFAULT_PERIOD = timedelta(days=30)
_ALL_AT_ONCE = 1_000_000
"""The rows of the first reply, which holds up to 16 MB. So a caller that is cancelled leaves no open cursor on the server."""
_FRESH = timedelta(seconds=60)
_DAYS = frozenset({"day", "month", "cohort"})
"""The columns that are days of UTC and not times."""
_NAMES = frozenset({"tool"})
"""The columns that are texts inside free-form fields. A value of another type becomes its JSON."""


class AnalyticsQueries(CallerOperations):
    """Answers the questions of docs/analytics.md."""

    def __init__(self, runtime: Runtime, caller: Caller = TRUSTED, *, max_seconds: float | None = None) -> None:
        """A question may take `max_seconds`, by default `max_analytics_seconds` of the limits."""
        super().__init__(runtime, caller)
        self._max_seconds = runtime.limits.max_analytics_seconds if max_seconds is None else max_seconds

    async def _answer_period(self, name: str, record: type[R], since: Moment, until: Moment) -> Findings[R]:
        return await self._answer(name, record, PeriodQuery, without_none(since=since, until=until))

    async def _answer_top(self, name: str, record: type[R], since: Moment, until: Moment, limit: int) -> Findings[R]:
        return await self._answer(name, record, LimitQuery, without_none(since=since, until=until, limit=limit))

    async def _answer(
        self, name: str, record: type[R], model: type[PeriodQuery], values: dict[str, Any]
    ) -> Findings[R]:
        return (await self._answers(QUESTIONS[name], {name: record}, model, values))[name]

    @repeats_read
    async def _answers(
        self, question: Question, records: Mapping[str, type[Record]], model: type[PeriodQuery], values: dict[str, Any]
    ) -> dict[str, Findings[Any]]:
        """The answers to a question by name: its own, or those of all questions that an overview answers."""
        require(self._caller, "read analytics")
        query = validate_input(model, values, self._runtime.limits).model_dump()
        try:
            with pymongo.timeout(self._max_seconds):
                async with self._session(question) as session:
                    as_of = await self._update_facts(session) if question.reads_daily_facts else None
                    known = await self._parameters(question, query)
                    found = await self._rows(question, {**known, "as_of": as_of}, session)
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code == _UNKNOWN_ZONE:
                raise InvalidInput.at("zone", "is not a time zone that the database knows") from error
            if error.timeout:
                raise Unavailable(
                    f"This takes longer than {self._max_seconds:g} seconds: ask about a shorter period."
                ) from error
            raise
        zone = ZoneInfo(query.get("zone", "UTC"))
        rows = found[0] if question is OVERVIEW else {question.name: found}
        period = {"since": iso(known["since"]), "until": iso(known["until"])}
        return {
            name: Findings(
                [record({column: _render(column, value, zone) for column, value in row.items()}) for row in rows[name]],
                **period,
                as_of=None if as_of is None else iso(as_of),
            )
            for name, record in records.items()
        }

    async def _parameters(self, question: Question, query: dict[str, Any]) -> dict[str, Any]:
        """The values of all parameters of pipeline functions, from the values of the query."""
        until = (query["until"] or now()) - timedelta(hours=query.get("hours", 0))
        since = query["since"] or until - _DEFAULT_PERIOD
        if question.reads_daily_facts:
            since = since.replace(hour=0, minute=0, second=0, microsecond=0)
        known = {**query, "since": since, "until": until, "asked_since": day_before(since)}
        if "deleted" in question.parameters:
            known["deleted"] = await hidden_threads(self._documents)
        return known

    def _session(self, question: Question) -> AbstractAsyncContextManager[AsyncClientSession | None]:
        """A session for a question about daily facts. A secondary waits until it has the facts that `as_of` promises."""
        return self._documents.database.client.start_session() if question.reads_daily_facts else nullcontext()

    async def _rows(
        self, question: Question, known: dict[str, Any], session: AsyncClientSession | None
    ) -> list[dict[str, Any]]:
        database = self._documents.database.with_options(read_preference=ReadPreference.SECONDARY_PREFERRED)
        options: dict[str, Any] = {"batchSize": _ALL_AT_ONCE, "allowDiskUse": True}
        options["comment"] = f"threadkeep analytics: {question.name}"
        options["session"] = session
        pipeline = question.pipeline(**_arguments(question, known))
        # If this is cancelled, the driver closes the connection. The server then stops the query.
        async with await database[question.collection].aggregate(pipeline, **options) as cursor:
            return await cursor.to_list()

    async def _update_facts(self, session: AsyncClientSession | None) -> datetime:
        """Update the daily facts, unless they are younger than a minute. Returns the time up to which they are complete."""
        rollups = Rollups(self._documents)
        as_of = await rollups.as_of(session)
        if as_of is not None and now() - as_of < _FRESH:
            return as_of
        try:
            with pymongo.timeout(self._max_seconds / 2):
                await rollups.run()
        except Unavailable:
            if as_of is not None:
                return as_of
            raise
        as_of = await rollups.as_of(session)
        if as_of is None:
            raise Unavailable("The daily facts are being computed for the first time.")
        return as_of


def _arguments(question: Question, known: dict[str, Any]) -> dict[str, Any]:
    """The arguments for the pipeline function of a question."""
    arguments = {name: known[name] for name in question.parameters}
    if question.tells_complete:
        arguments["until"] = min(known["until"], known["as_of"])
    return arguments


def _render(column: str, value: Any, zone: ZoneInfo) -> Any:
    """The value as the answer shows it. Times are ISO 8601 in the zone; days are dates without a time."""
    if column in _NAMES and not isinstance(value, str):
        return as_json(value).decode()
    if not isinstance(value, datetime):
        return value
    if column in _DAYS:
        return value.date().isoformat()
    return value.replace(tzinfo=UTC).astimezone(zone).isoformat()
