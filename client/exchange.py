"""What is said for one call, from the first request to the last retry; sends nothing itself.

`exchange` is a generator: it yields a `Request` to send or a `Backoff`, is sent what came of it, and returns the result.
The clients differ in nothing but how they carry that out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import httpx2

from ..errors import InvalidInput, StillRunning, ThreadkeepError, TooLarge, Unavailable
from ..records import Page
from .call import following, with_accepted_limit
from .encoding import json_body, query_string
from .responses import error_of, result_of, retry_after

if TYPE_CHECKING:
    from .call import Call
    from .options import Options

T = TypeVar("T")

LONGEST_WAIT = 30
"""Seconds; a server that asks for more (`Retry-After`) is not waited for, its error is raised at once."""
_PASSING = frozenset({408, 429, 502, 503, 504})
_LONGEST_URL = 65_536
_FAULTS_OF_OURS = (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol)

logger = logging.getLogger("threadkeep.client")


class Request(NamedTuple):
    """What to send; the same again when it is repeated, idempotency key included."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None


class Backoff(NamedTuple):
    """How long to do nothing."""

    seconds: float


Outcome = httpx2.Response | httpx2.RequestError | None
"""What came of a step: an answer, none, or, of a wait, nothing."""
Exchange = Generator[Request | Backoff, Outcome, T]


def exchange(call: Call[T], options: Options) -> Exchange[T]:
    """Everything that is said for a call, the pages that follow included where the call wants them."""
    result = yield from _answered(call, options)
    step: Call[Any] | None = call
    page: Any = result
    while step is not None and step.to_the_end and isinstance(result, Page):
        step = following(step, page)
        if step is not None:
            page = yield from _answered(step, options)
            result.extend(page)
            result.has_more, result.next_cursor = page.has_more, page.next_cursor
    return result


def _answered(call: Call[T], options: Options) -> Exchange[T]:
    request = request_for(call, options)
    retries = 0
    while True:
        outcome = yield request
        if isinstance(outcome, httpx2.Response) and outcome.is_success:
            result = result_of(call, outcome)
            if isinstance(result, Page):
                result.limit = call.query.get("limit")
            return result
        error = _error(outcome, options)
        smaller = with_accepted_limit(call, error) if isinstance(error, InvalidInput) else None
        if smaller is not None:
            call, request = smaller, request_for(smaller, options)
            continue
        pause = _pause(outcome, error, options, retries)
        if pause is None:
            raise error
        logger.info("%s %s will be repeated in %.1f s: %s", request.method, call.path, pause, error)
        yield Backoff(pause)
        retries += 1


def request_for(call: Call[Any], options: Options) -> Request:
    """The request of a call; a write gets its idempotency key here, once, whatever the number of tries."""
    headers = options.headers
    content = None
    if call.writes:
        headers = {**headers, "Idempotency-Key": options.idempotency_key or os.urandom(16).hex()}
    if call.body is not None:
        content = json_body(call.body)
        headers = {**headers, "Content-Type": "application/json"}
    if call.if_match is not None:
        headers = {**headers, "If-Match": call.if_match}
    url = f"{options.base_url}{call.path}"
    if call.query:
        url = f"{url}?{query_string(call.query)}"
    if len(url) > _LONGEST_URL:
        raise TooLarge("query" if call.query else "path", _LONGEST_URL)
    return Request(call.method, url, headers, content)


def _error(outcome: Outcome, options: Options) -> ThreadkeepError:
    if isinstance(outcome, httpx2.Response):
        return error_of(outcome)
    if isinstance(outcome, httpx2.TimeoutException):
        error: ThreadkeepError = Unavailable(f"{options.base_url} did not answer in time ({type(outcome).__name__}).")
    elif isinstance(outcome, httpx2.TransportError) and not isinstance(outcome, _FAULTS_OF_OURS):
        error = Unavailable(f"{options.base_url} cannot be reached: {outcome or type(outcome).__name__}.")
    else:
        error = ThreadkeepError(f"{options.base_url} cannot be spoken to: {outcome}")
    error.__cause__ = outcome
    return error


def _pause(outcome: Outcome, error: ThreadkeepError, options: Options, retries: int) -> float | None:
    """How long to wait before the next try, or None if there is to be none."""
    wait = 0
    if isinstance(outcome, httpx2.Response):
        if outcome.status_code not in _PASSING and not isinstance(error, StillRunning):
            return None
        wait = retry_after(outcome) or 0
    elif not isinstance(error, Unavailable):
        return None
    if retries >= options.max_retries or wait > LONGEST_WAIT:
        return None
    return wait + options.backoff(retries)
