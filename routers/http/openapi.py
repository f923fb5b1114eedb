"""Completes a door's OpenAPI description with what stands around its routes: keys, request ids, idempotency."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from ...errors import (
    AnsweredOnce,
    IdempotencyMismatch,
    InvalidInput,
    RequestTimeout,
    StillRunning,
    ThreadkeepError,
    TooLarge,
    Unauthorized,
    UnsupportedMediaType,
)
from .route import FastRoute

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .boundary import ErrorRenderer

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key as `Authorization: Bearer tk_…`."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key in a header."},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once, and answered the same again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 256},
}


_WRITING = ("post", "put", "delete")
_ALWAYS = (InvalidInput.at("field", "rule"),)
_WITH_KEY = (IdempotencyMismatch(), StillRunning())
_WITH_SECRET = (AnsweredOnce(),)
_WITH_BODY = (RequestTimeout(), TooLarge("body", 1), UnsupportedMediaType("text/plain"))


def describe(
    app: FastAPI, *, renderer: ErrorRenderer, public: frozenset[str], others: dict[str, Any] | None = None
) -> None:
    """Let `app.openapi()` say what the middleware does, which FastAPI cannot know; `renderer` is the door's.

    `others` are paths that are served beside those of the API, as OpenAPI describes them.
    """

    @cache
    def openapi() -> dict[str, Any]:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, servers=app.servers
        )
        schema["paths"] |= deepcopy(others or {})
        components = schema.setdefault("components", {})
        components["securitySchemes"] = _SCHEMES
        for route in app.routes:
            if isinstance(route, FastRoute) and route.include_in_schema and route.body_may_be_left_out:
                for method in route.methods or ():
                    schema["paths"][route.path][method.lower()]["requestBody"]["required"] = False
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                if path not in public:
                    _complete(operation, method, renderer)
        for name in ("HTTPValidationError", "ValidationError"):
            components.get("schemas", {}).pop(name, None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(operation: dict[str, Any], method: str, renderer: ErrorRenderer) -> None:
    operation["security"] = [{"bearer": []}, {"apiKey": []}]
    errors: list[ThreadkeepError] = [*_ALWAYS]
    if method in _WRITING:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        errors += _WITH_KEY
    if operation.get("x-secret"):
        errors += _WITH_SECRET
    if "requestBody" in operation:
        errors += _WITH_BODY
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):  # FastAPI's own, which no door answers
        del responses["422"]
    content = responses.get(str(Unauthorized.status), {}).get("content", {})
    for error in errors:
        _say(responses, str(renderer(error)[0]), error, content)


def _say(responses: dict[str, Any], status: str, error: ThreadkeepError, content: dict[str, Any]) -> None:
    sentence = f"`{type(error).__name__}`: {error.summary()}"
    known = responses.setdefault(status, {"description": "", "content": content})
    if sentence not in known["description"]:
        known["description"] = f"{known['description']}\n{sentence}".strip()
