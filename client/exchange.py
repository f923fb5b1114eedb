"""The requests and retries of one call, without input and output: both clients run the same generator.

`exchange` yields a `Request` to send or a `Backoff` to wait for. The client sends the `Outcome` of that step into the
generator. The generator returns the result of the call. The clients differ only in how they send and wait.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import httpx2

from ..errors import DatabaseRefused, InvalidInput, StillRunning, ThreadkeepError, TooLarge, Unavailable
from ..records import Page
from .call import next_page, page_after, with_accepted_limit
from .encoding import json_body, query_string
from .responses import error_of, result_of, retry_after

if TYPE_CHECKING:
    from ..uploads import File
    from .call import Call
    from .options import Options

T = TypeVar("T")

MAX_RETRY_AFTER = 30
"""Seconds. If `Retry-After` of a response is longer, the client raises the error at once."""
_TEMPORARY = frozenset({408, 429, 502, 503, 504})
_MAX_URL_LENGTH = 65_536
_CLIENT_FAULTS = (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol)

logger = logging.getLogger("threadkeep.client")


class Request(NamedTuple):
    """One request to send. A retry sends the same request, with the same idempotency key."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    upload: File | None = None
    """The file that is the body, in place of `content`."""


class Backoff(NamedTuple):
    """The seconds to wait before the next step."""

    seconds: float


Outcome = httpx2.Response | httpx2.RequestError | None
"""The outcome of a step: a response, the error of a request without one, or None after a `Backoff`."""
Exchange = Generator[Request | Backoff, Outcome, T]


def exchange(call: Call[T], options: Options) -> Exchange[T]:
    """Yield the steps of a call and return its result, with all pages that follow if `call.all_pages` is set."""
    result = yield from _send_with_retries(call, options)
    step: Call[Any] | None = call
    page: Any = result
    while step is not None and step.all_pages and isinstance(result, Page):
        step = next_page(step, page)
        if step is not None:
            page = yield from _send_with_retries(step, options)
            result.extend(page)
            result.has_more, result.next_cursor = page.has_more, page.next_cursor
    return result


def _send_with_retries(call: Call[T], options: Options) -> Exchange[T]:
    request = request_for(call, options)
    retries = 0
    while True:
        outcome = yield request
        if isinstance(outcome, httpx2.Response) and outcome.is_success:
            result = result_of(call, outcome)
            if isinstance(result, Page):
                result.limit = call.query.get("limit")
                page_after(result, outcome.headers.get("x-next-cursor"))
            return result
        error = _error(outcome, options)
        smaller = with_accepted_limit(call, error) if isinstance(error, InvalidInput) else None
        if smaller is not None:
            call, request = smaller, request_for(smaller, options)
            continue
        delay = _retry_delay(outcome, error, options, retries)
        if delay is None:
            raise error
        logger.info("%s %s will be retried in %.1f s: %s", request.method, call.path, delay, error)
        yield Backoff(delay)
        retries += 1


def request_for(call: Call[Any], options: Options) -> Request:
    """Return the request of a call. A write gets its idempotency key here, so all retries send the same key."""
    headers = options.headers
    content = None
    if call.writes:
        headers = {**headers, "Idempotency-Key": options.idempotency_key or os.urandom(16).hex()}
    if call.body is not None:
        content = json_body(call.body, *call.body_path)
        headers = {**headers, "Content-Type": "application/json"}
    if call.upload is not None:
        headers = {**headers, "Content-Type": "application/octet-stream"}
    if call.if_match is not None:
        headers = {**headers, "If-Match": call.if_match}
    url = f"{options.base_url}{call.path}"
    if call.query:
        url = f"{url}?{query_string(call.query)}"
    if len(url) > _MAX_URL_LENGTH:
        raise TooLarge("query" if call.query else "path", _MAX_URL_LENGTH)
    return Request(call.method, url, headers, content, call.upload)


def _error(outcome: Outcome, options: Options) -> ThreadkeepError:
    if isinstance(outcome, httpx2.Response):
        return error_of(outcome)
    if isinstance(outcome, httpx2.TimeoutException):
        error: ThreadkeepError = Unavailable(f"{options.base_url} did not answer in time ({type(outcome).__name__}).")
    elif isinstance(outcome, httpx2.TransportError) and not isinstance(outcome, _CLIENT_FAULTS):
        reason = str(outcome).rstrip(". ") or type(outcome).__name__
        error = Unavailable(f"{options.base_url} cannot be reached: {reason}.")
    else:
        error = ThreadkeepError(f"The request to {options.base_url} failed: {outcome}")
    error.__cause__ = outcome
    return error


def _retry_delay(outcome: Outcome, error: ThreadkeepError, options: Options, retries: int) -> float | None:
    """Return the seconds to wait before the next try, or None if there is no next try."""
    wait = 0
    if isinstance(outcome, httpx2.Response):
        passes = outcome.status_code in _TEMPORARY and not isinstance(error, DatabaseRefused)
        if not passes and not isinstance(error, StillRunning):
            return None
        wait = retry_after(outcome) or 0
    elif not isinstance(error, Unavailable):
        return None
    if retries >= options.max_retries or wait > MAX_RETRY_AFTER:
        return None
    return wait + options.backoff(retries)
