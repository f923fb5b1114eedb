"""Reads responses: the result of a call, or the error that the server raised."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from .. import errors
from ..errors import (
    InvalidInput,
    NotFound,
    Overloaded,
    Problem,
    StillRunning,
    ThreadkeepError,
    TooLarge,
    Unauthorized,
    Unavailable,
)

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
_KEY_HEADERS = {"authorization", "x-api-key"}
_NO_KEY = "This client has no API key: pass it as api_key, or set THREADKEEP_API_KEY."
_WRONG_URL = "Is the base_url right? It is the address of the service, without /v1 or /openai."
_SENTENCE_FIELDS = ("detail", "message")
_RESERVED = {"self", "error", "facts", *_SENTENCE_FIELDS}
"""Fields of an error body that are no facts, and names that would collide with arguments of `from_answer`."""


def result_of(call: Call[T], response: httpx2.Response) -> T:
    """Return the result of a call.

    Raises `ThreadkeepError` if the body has not the expected shape, as when another server answers at this URL.
    """
    try:
        return call.read(orjson.loads(response.content) if response.content else None)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ThreadkeepError(
            f"{response.request.url} did not answer like Threadkeep: is the base_url right?"
        ) from error


def error_of(response: httpx2.Response) -> ThreadkeepError:
    """Return the error that the server raised. If the body names no known error, the status decides the class."""
    answer = _json(response)
    facts = {
        name: fact for name, fact in answer.items() if name not in _RESERVED and not hasattr(ThreadkeepError, name)
    }
    kind = _BY_NAME.get(str(answer.get("error")))
    if kind is None:
        kind = _BY_STATUS.get(response.status_code, ThreadkeepError)
        facts["status"] = response.status_code
    sentence = _sentence(answer, response)
    if kind is Unauthorized and not _KEY_HEADERS & response.request.headers.keys():
        sentence = _NO_KEY
    if "base URL" not in sentence and _is_wrong_url(kind, answer.get("error"), response):
        sentence = f"{sentence} {_WRONG_URL}"
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
    """Return the seconds of the `Retry-After` header, which is a number or a date; None if there is none."""
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
    for name in _SENTENCE_FIELDS:
        if isinstance(answer.get(name), str):
            return str(answer[name])
    sentence = f"{response.request.url} answered {response.status_code} {response.reason_phrase}".rstrip()
    location = response.headers.get("location")
    return f"{sentence}, to {location}: is the base_url right?" if location else f"{sentence}."


def _is_wrong_url(kind: type[ThreadkeepError], named: object, response: httpx2.Response) -> bool:
    """Whether the answer shows that the base_url is wrong. `named` is the error as the body names it."""
    if b"/v1/v1/" in response.request.url.raw_path and (kind is Unauthorized or not isinstance(named, str)):
        return True
    return kind is NotFound and (named == "PathNotFound" or isinstance(named, dict))  # a dict is OpenAI's format


def _problems(detail: object) -> list[Problem]:
    found = detail if isinstance(detail, list) else []
    return [
        _problem(problem)
        for problem in found
        if isinstance(problem, dict) and isinstance(problem.get("loc"), list) and "msg" in problem
    ]


def _problem(entry: dict[str, Any]) -> Problem:
    problem: Problem = {"loc": entry["loc"], "msg": str(entry["msg"]), "type": str(entry.get("type", "refused"))}
    if isinstance(numbers := entry.get("ctx"), dict):
        problem["ctx"] = {name: value for name, value in numbers.items() if isinstance(value, int)}
    return problem
