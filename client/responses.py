"""Reads answers: results where the server agreed, the server's own errors where it did not."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from .. import errors
from ..errors import InvalidInput, Overloaded, Problem, StillRunning, ThreadkeepError, TooLarge, Unavailable

if TYPE_CHECKING:
    import httpx2

    from .call import Call

T = TypeVar("T")

_BY_NAME: dict[str, type[ThreadkeepError]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ThreadkeepError)
}
_BY_STATUS = {
    **{kind.status: kind for kind in _BY_NAME.values() if ThreadkeepError in kind.__bases__},
    ThreadkeepError.status: ThreadkeepError,
    400: InvalidInput,
    413: TooLarge,
    429: Overloaded,
    502: Unavailable,
    504: Unavailable,
}
_SENTENCE = ("detail", "message")
_OURS = {"self", "error", "facts", *_SENTENCE}


def result_of(call: Call[T], response: httpx2.Response) -> T:
    """What the call gives; raises `ThreadkeepError` where something else than Threadkeep must have answered."""
    try:
        return call.read(orjson.loads(response.content) if response.content else None)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ThreadkeepError(
            f"{response.request.url} did not answer as Threadkeep does: is the base_url right?"
        ) from error


def error_of(response: httpx2.Response) -> ThreadkeepError:
    """The error that the server raised, made again; what is not the server's own is told by its status."""
    answer = _json(response)
    facts = {name: fact for name, fact in answer.items() if name not in _OURS and not hasattr(ThreadkeepError, name)}
    kind = _BY_NAME.get(str(answer.get("error")))
    if kind is None:
        kind = _BY_STATUS.get(response.status_code, ThreadkeepError)
        facts["status"] = response.status_code
    sentence = _sentence(answer, response)
    if issubclass(kind, InvalidInput):
        problems = _problems(answer.get("detail")) or [{"loc": [], "msg": sentence, "type": "refused"}]
        facts["problems"] = problems
        sentence = str(InvalidInput(problems)).removeprefix(": ")
    error = kind.from_answer(sentence, facts)
    wait = retry_after(response)
    if wait is not None and isinstance(error, (Unavailable, StillRunning)):
        error.retry_after = wait
    return error


def retry_after(response: httpx2.Response) -> int | None:
    """The seconds that the server asks to wait, given as a number or as a date."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return int(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - datetime.now(UTC)).total_seconds()))


def _json(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _sentence(answer: dict[str, Any], response: httpx2.Response) -> str:
    for name in _SENTENCE:
        if isinstance(answer.get(name), str):
            return str(answer[name])
    sentence = f"{response.request.url} answered {response.status_code} {response.reason_phrase}".rstrip()
    location = response.headers.get("location")
    return f"{sentence}, to {location}: is the base_url right?" if location else f"{sentence}."


def _problems(detail: object) -> list[Problem]:
    found = detail if isinstance(detail, list) else []
    return [
        _problem(problem)
        for problem in found
        if isinstance(problem, dict) and isinstance(problem.get("loc"), list) and "msg" in problem
    ]


def _problem(said: dict[str, Any]) -> Problem:
    problem: Problem = {"loc": said["loc"], "msg": str(said["msg"]), "type": str(said.get("type", "refused"))}
    if isinstance(numbers := said.get("ctx"), dict):
        problem["ctx"] = {name: value for name, value in numbers.items() if isinstance(value, int)}
    return problem
