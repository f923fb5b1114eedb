"""Routes that read the parameters of FastAPI endpoints without FastAPI's dependency solver.

Endpoints are written and documented as in any FastAPI application: `Annotated` parameters with `Path`, `Query` and `Body`
models, `Header` and `Depends`. The solver costs more than the database call of a small request (`docs/performance.md`).
Therefore a route compiles the signature once into a list of readers. A parameter of another form raises `TypeError` when
the route is declared, so that no parameter, no validation and no authentication is lost silently.
"""

from __future__ import annotations

import asyncio
import inspect
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from fastapi import params
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.routing import Match

from ...errors import InvalidInput, Unavailable
from ...services import input_error, queries_end_within
from ...stored_json import as_json
from .admission import slot_of
from .authentication import OPERATIONS
from .body import is_empty, parse, read_body
from .headers import header, require_json
from .idempotency import answer_once, fingerprint, idempotency_key_of
from .lazy_openapi import LazyOpenAPIRoute
from .responses import NO_CONTENT, send_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from ...errors import Problem
    from ...settings import Settings
    from .idempotency import RawResponse

E = TypeVar("E", bound="Callable[..., Any]")

LARGE_PAGE_BYTES = 16 * 1024 * 1024
"""The most bytes of a page, as MongoDB stores them."""
_MAX_HEADER_LENGTH = 1024


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
        self._readers: list[tuple[str, Callable[[Scope], Any]]] = []
        self._body: tuple[str, TypeAdapter[Any]] | None = None
        self._needs_body = False
        self._takes_query = False
        self._secret = bool((self.openapi_extra or {}).get("x-secret"))
        self._max_answer_bytes: int = getattr(endpoint, "max_answer_bytes", 0)
        for name, annotation in _annotations(endpoint).items():
            self._compile(name, annotation)

    def _compile(self, name: str, annotation: Any) -> None:
        mark = next((mark for mark in get_args(annotation)[1:] if isinstance(mark, _KNOWN)), None)
        if mark is None or isinstance(mark, params.Form):
            raise TypeError(f"{self.path}: {name!r} must say Path, Query, Header, Body or Depends")
        if isinstance(mark, params.Body):
            self._body = (name, TypeAdapter(annotation))
            self._needs_body = not _is_model(get_args(annotation)[0])
        elif isinstance(mark, params.Depends):
            self._readers.append((name, _dependency(self.path, mark)))
        elif isinstance(mark, params.Path):
            self._readers.append((name, _path_reader(name, annotation)))
        elif isinstance(mark, params.Header):
            self._readers.append((name, _header_reader(mark.alias or name.replace("_", "-"))))
        elif not _is_model(get_args(annotation)[0]):
            raise TypeError(f"{self.path}: the query {name!r} must be a model")
        else:
            self._takes_query = True
            self._readers.append((name, _query_reader(annotation)))

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

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the arguments, call the endpoint, and send its answer. Raises `Unavailable` at the slot's deadline."""
        if not self._serves(scope["method"]):
            await super().handle(scope, receive, send)
            return
        await self._respond(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        slot = slot_of(scope)
        work = self._work(scope, await read_body(scope, receive, settings_of(scope)) if self._body is not None else b"")
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
        arguments = {name: read(scope) for name, read in self._readers}
        if self._body is not None:
            name, adapter = self._body
            arguments[name] = _read_model(scope, body, adapter, required=self._needs_body)
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


def _refusal(location: str, name: str) -> Problem:
    return {"loc": [location, name], "msg": "means nothing here", "type": "extra_forbidden"}


def settings_of(scope: Scope) -> Settings:
    """The settings of the application that serves this request."""
    return scope["app"].state.settings  # type: ignore[no-any-return]


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


SECRET = {"x-secret": True}
"""Marks a route whose answer contains a secret: `openapi_extra=SECRET`. The answer is not stored for retries."""
_READING = ("GET", "HEAD")
_KNOWN = (params.Path, params.Query, params.Header, params.Body, params.Depends)


def _annotations(endpoint: Callable[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(endpoint, include_extras=True)
    return {name: hints.get(name) for name in inspect.signature(endpoint).parameters}


def _dependency(path: str, mark: params.Depends) -> Callable[[Scope], Any]:
    function = mark.dependency
    names = list(inspect.signature(function).parameters) if function is not None else []
    if (
        function is None
        or inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or names != ["request"]
    ):
        raise TypeError(f"{path}: a dependency must be a plain function of the request")
    return lambda scope: function(Request(scope))


def _path_reader(name: str, annotation: Any) -> Callable[[Scope], Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    def read(scope: Scope) -> Any:
        try:
            return adapter.validate_python(scope["path_params"][name])
        except ValidationError as error:
            raise InvalidInput.of(error, "path", name) from error

    return read


def _header_reader(alias: str) -> Callable[[Scope], str | None]:
    name = alias.lower().encode()

    def read(scope: Scope) -> str | None:
        value = header(scope, name)
        if value is not None and len(value) > _MAX_HEADER_LENGTH:
            raise InvalidInput([{"loc": ["header", alias], "msg": "is too long", "type": "string_too_long"}])
        return None if value is None else value.decode("latin-1")

    return read


def _query_reader(annotation: Any) -> Callable[[Scope], Any]:
    model = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation

    def read(scope: Scope) -> Any:
        try:
            return model.model_validate(query_of(scope), context=settings_of(scope))
        except ValidationError as error:
            raise input_error(error, "query") from error

    return read


def query_of(scope: Scope) -> dict[str, Any]:
    """The query string as a dict. A name that ends with `[]` gives a list. Raises `InvalidInput` if another name repeats."""
    raw: bytes = scope["query_string"]
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidInput([{"loc": ["query"], "msg": "is not UTF-8, or too long", "type": "query_invalid"}]) from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            found.setdefault(name, []).append(value)
        elif name in found:
            raise InvalidInput([{"loc": ["query", name], "msg": "occurs twice", "type": "query_duplicate"}])
        else:
            found[name] = value
    return found


def _is_model(kind: Any) -> bool:
    """Whether the body is a model. A model reports missing fields, but a bare dict would accept an empty body as `{}`."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _read_model(scope: Scope, body: bytes, adapter: TypeAdapter[Any], *, required: bool) -> Any:
    if body:
        require_json(scope)
    if required and is_empty(body):
        raise InvalidInput.at("body", "is missing", "missing")
    settings = settings_of(scope)
    value = parse(body, settings.max_body_elements)
    try:
        return adapter.validate_python(value, context=settings)
    except ValidationError as error:
        raise input_error(error, "body") from error
