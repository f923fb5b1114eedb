"""Errors for paths and methods that no route serves. They replace Starlette's own, so that each API renders them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Match

from ...errors import NotFound, ThreadkeepError


class PathNotFound(NotFound):
    """No route has this path."""

    def __init__(self, path: str = "") -> None:
        super().__init__(f"There is nothing at this path.{_hint(path)}")


def _hint(path: str) -> str:
    """A sentence about the probable fault in the base URL of the client, or an empty text."""
    if "/v1/v1/" in path:
        return " It has /v1 twice: leave /v1 out of the base URL, because the client adds it."
    if path.startswith("/openai/") and not path.startswith("/openai/v1"):
        return " The paths of the OpenAI API begin with /openai/v1: the base URL of the SDK must end like this."
    if path.split("/")[1:2] and path.split("/")[1] in _NOUNS:
        return " The paths of the native API begin with /v1, those of the OpenAI API with /openai/v1."
    return ""


_NOUNS = frozenset({"admin", "analytics", "conversations", "messages", "threads", "users"})


class MethodNotAllowed(ThreadkeepError):
    """The route of this path does not accept this method."""

    status = 405

    def __init__(self, allowed: set[str]) -> None:
        super().__init__("This path does not take this method.")
        self.allow = ", ".join(sorted(allowed))
        """The accepted methods, as the header `Allow` lists them."""


async def raise_threadkeep_error(request: Request, error: Exception) -> Any:
    """Raise `MethodNotAllowed` or `PathNotFound` for an `HTTPException` of Starlette. Never returns."""
    if getattr(error, "status_code", 404) == MethodNotAllowed.status:
        raise MethodNotAllowed(_methods_at(request)) from error
    raise PathNotFound(request.scope["path"]) from error


def _methods_at(request: Request) -> set[str]:
    """The methods of the most specific path: for `/messages/tools`, not those of `/messages/{message_id}`."""
    routes: list[Any] = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    path = min(routes, key=lambda route: len(route.param_convertors)).path
    methods = {method for route in routes if route.path == path for method in getattr(route, "methods", None) or ()}
    return methods | ({"HEAD"} if "GET" in methods else set())
