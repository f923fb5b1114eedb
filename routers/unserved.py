"""Paths and methods that are not served: Starlette's refusals become errors of the tree, to be worded by the door."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from ..errors import NotFound, ThreadkeepError


class PathNotFound(NotFound):
    """Nothing is at this path."""

    def __init__(self) -> None:
        super().__init__("There is nothing at this path.")


class MethodNotAllowed(ThreadkeepError):
    """This path does not take this method."""

    status = 405

    def __init__(self) -> None:
        super().__init__("This path does not take this method.")


async def raise_as_ours(_: Request, error: Exception) -> Any:
    """Raise our error for Starlette's."""
    raise MethodNotAllowed if getattr(error, "status_code", 404) == MethodNotAllowed.status else PathNotFound from error
