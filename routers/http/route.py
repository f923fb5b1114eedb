"""Routes that read the parameters of FastAPI endpoints without FastAPI's dependency solver.

Endpoints are written and documented as in any FastAPI application: `Annotated` parameters with `Path`, `Query` and `Body`
models, `Header` and `Depends`. The solver costs more than the database call of a small request (`docs/performance.md`).
Therefore a route compiles the signature once into a list of readers. A parameter of another form raises `TypeError` when
the route is declared, so that no parameter, no validation and no authentication is lost silently.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from fastapi import params
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.routing import Match

from ...errors import InvalidInput, Unavailable
from ...services import queries_end_within
from ...stored_json import as_json
from .admission import slot_of
from .authentication import OPERATIONS
from .body import read_body
from .headers import header
from .idempotency import answer_once, fingerprint, idempotency_key_of
from .lazy_openapi import LazyOpenAPIRoute
from .parameters import (
    annotations_of,
    dependency,
    header_reader,
    is_model,
    path_reader,
    query_of,
    query_reader,
    read_model,
)
from .responses import NO_CONTENT, send_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from starlette.types import Receive, Scope, Send

    from ...errors import Problem
    from .idempotency import RawResponse

E = TypeVar("E", bound="Callable[..., Any]")

LARGE_PAGE_BYTES = 16 * 1024 * 1024
"""The most bytes of a page, as MongoDB stores them."""


@dataclass(slots=True)
class EndpointResponse:
    """The payload of an answer that is sent without validation, with a status and headers of its own."""

    payload: Any
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class FastRoute(LazyOpenAPIRoute):
    """An `APIRoute` that reads arguments with compiled readers, and writes the endpoint's answer as JSON."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if options.get("dependencies"):
            raise TypeError(f"{path}: dependencies of a route are not read: declare a parameter with Depends")
        self._readers: list[tuple[str, Callable[[Request], Any]]] = []
        self._body: tuple[str, TypeAdapter[Any]] | None = None
        self._needs_body = False
        self._takes_query = False
        self._secret = bool((self.openapi_extra or {}).get("x-secret"))
        self._max_answer_bytes: int = getattr(endpoint, "max_answer_bytes", 0)
        for name, annotation in annotations_of(endpoint).items():
            self._compile(name, annotation)

    def _compile(self, name: str, annotation: Any) -> None:
        mark = next((mark for mark in get_args(annotation)[1:] if isinstance(mark, _KNOWN)), None)
        if mark is None or isinstance(mark, params.Form):
            raise TypeError(f"{self.path}: {name!r} must say Path, Query, Header, Body or Depends")
        if isinstance(mark, params.Body):
            self._body = (name, TypeAdapter(annotation))
            self._needs_body = not is_model(get_args(annotation)[0])
        elif isinstance(mark, params.Depends):
            self._readers.append((name, dependency(self.path, mark)))
        elif isinstance(mark, params.Path):
            self._readers.append((name, path_reader(name, annotation)))
        elif isinstance(mark, params.Header):
            self._readers.append((name, header_reader(mark.alias or name.replace("_", "-"))))
        elif not is_model(get_args(annotation)[0]):
            raise TypeError(f"{self.path}: the query {name!r} must be a model")
        else:
            self._takes_query = True
            self._readers.append((name, query_reader(annotation)))

    @property
    def has_optional_body(self) -> bool:
        """Whether the endpoint takes a body, and an empty object is valid. An empty body then means `{}`."""
        if self._body is None or self._needs_body:
            return False
        try:
            self._body[1].validate_python({})
        except ValidationError:
            return False
        return True

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match `HEAD` as `GET`, without a line in the OpenAPI description. The server leaves the body out."""
        if scope["method"] == "HEAD" and self._serves("HEAD"):
            scope = {**scope, "method": "GET"}
        return super().matches(scope)

    def _serves(self, method: str) -> bool:
        methods = self.methods or ()
        return method in methods or (method == "HEAD" and "GET" in methods)

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Read the arguments, call the endpoint, and send its answer. Raises `Unavailable` at the slot's deadline."""
        if not self._serves(scope["method"]):
            return super().handle(scope, receive, send)
        return self._respond(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        slot = slot_of(scope)
        body = b""
        if self._body is not None:
            body = await read_body(scope, receive)
        work = self._work(scope, body)
        del body
        try:
            async with asyncio.timeout_at(slot.deadline):
                if self._max_answer_bytes:
                    await slot.reserve_response(self._max_answer_bytes)
                with _queries_end_with(scope, slot.deadline):
                    status, content, headers = await work()
        except TimeoutError:
            raise Unavailable("The request took too long.") from None
        del work
        slot.set_response(len(content))
        await send_bytes(send, status, content, headers)

    def _work(self, scope: Scope, body: bytes) -> Callable[[], Awaitable[RawResponse]]:
        """The call of the endpoint. It keeps no body in memory while the endpoint waits for MongoDB."""
        key = idempotency_key_of(scope)
        if key is None:
            return partial(self._answer, self._arguments(scope, body))
        request, unread = fingerprint(scope, body), [body]
        return lambda: answer_once(
            scope, key, request, lambda: self._answer(self._arguments(scope, unread.pop())), secret=self._secret
        )

    def _arguments(self, scope: Scope, body: bytes) -> dict[str, Any]:
        request = Request(scope)
        arguments = {name: read(request) for name, read in self._readers}
        if self._body is not None:
            name, adapter = self._body
            arguments[name] = read_model(scope, body, adapter, required=self._needs_body)
        return arguments

    async def _answer(self, arguments: dict[str, Any]) -> RawResponse:
        answer = await self.endpoint(**arguments)
        if not isinstance(answer, EndpointResponse):
            answer = EndpointResponse(answer)
        status = answer.status or self.status_code or 200
        return status, b"" if status == NO_CONTENT else as_json(answer.payload), answer.headers


class StrictRoute(FastRoute):
    """A `FastRoute` that refuses query parameters and `If-Match` headers that its endpoint would ignore.

    So `DELETE …?dry_run=true` deletes nothing.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        parameters = (self.openapi_extra or {}).get("parameters", [])
        self._takes_if_match = any(parameter["name"] == "If-Match" for parameter in parameters)

    def _arguments(self, scope: Scope, body: bytes) -> dict[str, Any]:
        if not self._takes_query and (query := query_of(scope)):
            raise InvalidInput([_refusal("query", name) for name in query])
        if not self._takes_if_match and scope["method"] not in _READING and header(scope, b"if-match") is not None:
            raise InvalidInput([_refusal("header", "if-match")])
        return super()._arguments(scope, body)


def answers_up_to(size: int) -> Callable[[E], E]:
    """Mark an endpoint whose answer may have this many bytes. Its requests wait until so much memory is free."""

    def mark(endpoint: E) -> E:
        endpoint.max_answer_bytes = size  # type: ignore[attr-defined]
        return endpoint

    return mark


def _queries_end_with(scope: Scope, deadline: float) -> AbstractContextManager[None]:
    """A context in which the queries of this request end at its deadline."""
    operations = scope.get(OPERATIONS)
    if operations is None:
        return nullcontext()
    return queries_end_within(operations.runtime.documents, deadline - asyncio.get_running_loop().time())


def _refusal(location: str, name: str) -> Problem:
    return {"loc": [location, name], "msg": "means nothing here", "type": "extra_forbidden"}


SECRET = {"x-secret": True}
"""Marks a route whose answer contains a secret: `openapi_extra=SECRET`. The answer is not stored for retries."""
_READING = ("GET", "HEAD")
_KNOWN = (params.Path, params.Query, params.Header, params.Body, params.Depends)
