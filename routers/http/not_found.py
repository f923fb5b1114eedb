"""Paths and methods that are not served: Starlette's refusals become errors of the tree, to be render_error by the door."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Match

from ...errors import NotFound, ThreadkeepError


class PathNotFound(NotFound):
    """Nothing is at this path."""

    def __init__(self) -> None:
        super().__init__("There is nothing at this path.")


class MethodNotAllowed(ThreadkeepError):
    """This path does not take this method."""

    status = 405

    def __init__(self, allowed: set[str]) -> None:
        super().__init__("This path does not take this method.")
        self.allow = ", ".join(sorted(allowed))
        """The methods that it takes, as the header says them."""


async def raise_threadkeep_error(request: Request, error: Exception) -> Any:
    """Raise our error for Starlette's."""
    if getattr(error, "status_code", 404) == MethodNotAllowed.status:
        raise MethodNotAllowed(_methods_at(request)) from error
    raise PathNotFound from error


def _methods_at(request: Request) -> set[str]:
    """Those of the path itself: `/messages/tools` takes what is declared for it, not what is for `/messages/{message_id}`."""
    routes: list[Any] = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    path = min(routes, key=lambda route: len(route.param_convertors)).path
    methods = {method for route in routes if route.path == path for method in getattr(route, "methods", None) or ()}
    return methods | ({"HEAD"} if "GET" in methods else set())
