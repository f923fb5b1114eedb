"""The OpenAI door as an application of its own, to be mounted at `/openai`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..._version import __version__
from ..http import (
    NO_TELEMETRY,
    DispatchTable,
    ErrorBoundary,
    add_documentation,
    describe,
    raise_threadkeep_error,
)
from . import conversations, items, messages, threads
from .errors import NotKept, render_error

PREFIX = "/openai"
OPENAPI = "/openai/openapi.json"

_DESCRIPTION = """
The calls of the `openai` SDK that keep state, **`beta.threads`, `beta.threads.messages`, `conversations` and
`conversations.items`**, on the same threads and messages as Threadkeep's own API (`/docs`).

`OpenAI(base_url="https://…/openai/v1", api_key="tk_…")` is all that code needs. No model runs here: runs, assistants, files, vector
stores and responses are answered with 501.
"""
_NOT_KEPT = {
    "assistants": "assistants",
    "audio": "audio",
    "batches": "batches",
    "chat": "chat completions",
    "chatkit": "ChatKit sessions",
    "completions": "completions",
    "containers": "containers",
    "embeddings": "embeddings",
    "evals": "evals",
    "files": "files",
    "fine_tuning": "fine-tuning",
    "images": "images",
    "models": "models",
    "moderations": "moderations",
    "realtime": "realtime sessions",
    "responses": "responses",
    "uploads": "uploads",
    "vector_stores": "vector stores",
    "videos": "videos",
}


def openai_door(state: State, prefix: str = "") -> FastAPI:
    """The door, on the state of the application that it is part of."""
    app = FastAPI(
        title="Threadkeep, as OpenAI",
        version=__version__,
        description=_DESCRIPTION,
        servers=[{"url": f"{prefix}{PREFIX}"}],
        openapi_url=OPENAPI.removeprefix(PREFIX),
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: _raise_as_ours},
        redirect_slashes=False,
        root_path_in_servers=False,
        telemetry=NO_TELEMETRY,
    )
    app.state = state
    for router in (messages.router, items.router, threads.router, conversations.router):
        app.router.routes.extend(router.routes)
    add_documentation(app, openapi_url=OPENAPI, prefix=prefix, with_assets=False)
    describe(app, renderer=render_error, public=frozenset())
    app.add_middleware(DispatchTable, routes=app.router.routes)
    app.add_middleware(ErrorBoundary, renderer=render_error, public=frozenset({OPENAPI, f"{PREFIX}/docs"}))
    return app


async def _raise_as_ours(request: Request, error: Exception) -> Any:
    what = _not_kept(request.scope["path"])
    if what is not None:
        raise NotKept(what) from error
    await raise_threadkeep_error(request, error)


def _not_kept(path: str) -> str | None:
    """What of OpenAI's is at a path that is not served."""
    match path.removeprefix(PREFIX).split("/"):
        case ["", "v1", "threads", _, "runs", *_]:
            return "runs"
        case ["", "v1", first, *_]:
            return _NOT_KEPT.get(first)
    return None
