"""The routes `/healthz` and `/readyz` of liveness and readiness checks."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal, cast

from cachetools import TTLCache
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request

from ..errors import Unavailable
from ..keep import Threadkeep
from .http import Authentication, EndpointResponse, FastRoute


class Readiness(BaseModel):
    """The readiness of the process, and the result of each check by name."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]


router = APIRouter(route_class=FastRoute, tags=["health"])
_PING_TIMEOUT_SECONDS = 1.5
_NO_ANSWER = "does not answer"
_REMEMBERED_SECONDS = 0.2


def keep_of(request: Request) -> Threadkeep:
    """The Threadkeep that the application serves."""
    return cast("Threadkeep", request.scope["app"].state.keep)


def is_ready(request: Request) -> bool:
    """Whether the start is complete."""
    return cast("Authentication", request.scope["app"].state.authentication).is_ready


Keep = Annotated[Threadkeep, Depends(keep_of)]
IsReady = Annotated[bool, Depends(is_ready)]


@router.get("/healthz", summary="Check whether the process is alive", response_description="The process is alive.")
async def healthz() -> dict[str, str]:
    """Answers without the database. If there is no answer, restart the process."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=Readiness,
    summary="Check whether the process is ready",
    response_description="The database answers.",
    responses={503: {"model": Readiness, "description": "The process is not ready. `checks` says why."}},
)
async def readyz(keep: Keep, is_ready: IsReady) -> EndpointResponse:
    """Sends a ping to the database. Send no requests to the process while the status is not 200."""
    problem = None if is_ready else "the service is starting"
    problem = await _fault(keep) or problem
    if problem is not None:
        checks = {"mongodb": problem}
        return EndpointResponse({"status": "unavailable", "checks": checks}, 503, [(b"retry-after", b"1")])
    return EndpointResponse({"status": "ok", "checks": {"mongodb": "ok"}})


_last_check: TTLCache[int, asyncio.Task[str | None]] = TTLCache(100, _REMEMBERED_SECONDS)
"""The last check of each Threadkeep, by the identity of the object: many callers share one ping."""


async def _fault(keep: Threadkeep) -> str | None:
    """Why the database cannot be used, or None. A None is at most 0.2 seconds older than the request. A fault is checked again."""
    check = _last_check.get(id(keep))
    if check is None or check.cancelled() or (check.done() and check.result() is not None):
        check = _last_check[id(keep)] = asyncio.create_task(_check(keep))
    return await asyncio.shield(check)


async def _check(keep: Threadkeep) -> str | None:
    """Why the database cannot be used, after at most 1.5 seconds. The wait ends in time even if a cancelled ping does not."""
    ping = asyncio.create_task(keep.ping())
    ping.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([ping], timeout=_PING_TIMEOUT_SECONDS)
    if not ping.done():
        ping.cancel()
        return keep.problem() or _NO_ANSWER
    error = ping.exception()
    if isinstance(error, Unavailable):
        return _NO_ANSWER if error.reason == Unavailable.reason else error.reason
    ping.result()
    return None
