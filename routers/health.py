"""Whether the process is alive, and whether it can work."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request

from ..errors import Unavailable
from ..keep import Threadkeep
from .http import Authentication, EndpointResponse, FastRoute


class Readiness(BaseModel):
    """Whether everything answers, by name."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]


router = APIRouter(route_class=FastRoute, tags=["health"])
_PATIENCE_SECONDS = 1.5


def keep_of(request: Request) -> Threadkeep:
    """The Threadkeep that the application serves."""
    return cast("Threadkeep", request.scope["app"].state.keep)


def is_ready(request: Request) -> bool:
    """Whether the start is over."""
    return cast("Authentication", request.scope["app"].state.authentication).is_ready


Keep = Annotated[Threadkeep, Depends(keep_of)]
IsReady = Annotated[bool, Depends(is_ready)]


@router.get("/healthz", summary="Is the process alive?", response_description="It is.")
async def healthz() -> dict[str, str]:
    """Answers without asking anybody else: restart the process if it does not."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=Readiness,
    summary="Can it work?",
    response_description="Everything it needs answers.",
    responses={503: {"model": Readiness, "description": "Something does not answer; `checks` names it."}},
)
async def readyz(keep: Keep, is_ready: IsReady) -> EndpointResponse:
    """Asks the database: send no requests while this is not 200."""
    problem = None if is_ready else "the service is starting"
    if not await _answers(keep):
        problem = "does not answer"
    if problem is not None:
        checks = {"mongodb": problem}
        return EndpointResponse({"status": "unavailable", "checks": checks}, 503, [(b"retry-after", b"1")])
    return EndpointResponse({"status": "ok", "checks": {"mongodb": "ok"}})


async def _answers(keep: Threadkeep) -> bool:
    """Whether the database answers in time; waited for beside the question, which may not end when it is cancelled."""
    asking = asyncio.create_task(keep.ping())
    asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
    await asyncio.wait([asking], timeout=_PATIENCE_SECONDS)
    if not asking.done():
        asking.cancel()
        return False
    if not isinstance(asking.exception(), Unavailable):
        asking.result()
        return True
    return False
