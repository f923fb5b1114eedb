"""Adds the effects of the middleware to the OpenAPI description of an API: API keys, idempotency, common errors."""

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
    "description": "For 24 hours, a request that is sent again with the same key takes effect once and gets the same answer.",
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
    """Make `app.openapi()` describe the middleware too. `renderer` gives the status of each common error.

    The `public` paths need no key. `others` are the descriptions of further paths, by path, in the form of OpenAPI.
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
            if isinstance(route, FastRoute) and route.include_in_schema and route.has_optional_body:
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
    if "HTTPValidationError" in str(responses.get("422")):  # FastAPI's own description; no API answers this
        del responses["422"]
    content = responses.get(str(Unauthorized.status), {}).get("content", {})
    for error in errors:
        _add_error(responses, str(renderer(error)[0]), error, content)


def _add_error(responses: dict[str, Any], status: str, error: ThreadkeepError, content: dict[str, Any]) -> None:
    sentence = f"`{type(error).__name__}`: {error.summary()}"
    response = responses.setdefault(status, {"description": "", "content": content})
    if sentence not in response["description"]:
        response["description"] = f"{response['description']}\n{sentence}".strip()
