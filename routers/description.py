"""Completes a door's OpenAPI description with what stands around its routes: keys, request ids, idempotency."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

if TYPE_CHECKING:
    from fastapi import FastAPI

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


def describe(app: FastAPI, *, public: frozenset[str]) -> None:
    """Let `app.openapi()` say what the middleware does, which FastAPI cannot know."""

    @cache
    def openapi() -> dict[str, Any]:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, servers=app.servers
        )
        schema.setdefault("components", {})["securitySchemes"] = _SCHEMES
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _complete(operation, method, is_public=path in public)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(operation: dict[str, Any], method: str, *, is_public: bool) -> None:
    if not is_public:
        operation["security"] = [{"bearer": []}, {"apiKey": []}]
    if method == "post":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
