"""The OpenAI API as an application of its own, for a mount at `/openai`."""

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
from .errors import NotSupported, render_error

PREFIX = "/openai"
OPENAPI_PATH = "/openai/openapi.json"

_DESCRIPTION = """
This API serves the calls of the `openai` SDK that store conversations: **`beta.threads`, `beta.threads.messages`,
`conversations` and `conversations.items`**. It has the same threads and messages as Threadkeep's native API (`/docs`).

Create the SDK's client with `OpenAI(base_url="https://…/openai/v1", api_key="tk_…")`. Threadkeep runs no models: requests for
runs, assistants, files, vector stores and responses get the status 501.
"""
_UNSUPPORTED = {
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


def create_openai_app(state: State, prefix: str = "") -> FastAPI:
    """The OpenAI API as an application. `state` is the state of the application that mounts it.

    `prefix` is the path below which another application mounts Threadkeep. It is part of the URLs in the description.
    """
    app = FastAPI(
        title="Threadkeep, as OpenAI",
        version=__version__,
        description=_DESCRIPTION,
        servers=[{"url": f"{prefix}{PREFIX}"}],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: _raise_threadkeep_error},
        redirect_slashes=False,
        root_path_in_servers=False,
        telemetry=NO_TELEMETRY,
    )
    app.state = state
    for router in (messages.router, items.router, threads.router, conversations.router):
        app.router.routes.extend(router.routes)
    add_documentation(app, openapi_url=OPENAPI_PATH, prefix=prefix, with_assets=False)
    describe(app, renderer=render_error, public=frozenset())
    app.add_middleware(DispatchTable, routes=app.router.routes)
    app.add_middleware(ErrorBoundary, renderer=render_error, public=frozenset({OPENAPI_PATH, f"{PREFIX}/docs"}))
    return app


async def _raise_threadkeep_error(request: Request, error: Exception) -> Any:
    resource = _unsupported(request.scope["path"])
    if resource is not None:
        raise NotSupported(resource) from error
    await raise_threadkeep_error(request, error)


def _unsupported(path: str) -> str | None:
    """The resource of OpenAI's API that has this path and that Threadkeep does not support. None for other paths."""
    match path.removeprefix(PREFIX).split("/"):
        case ["", "v1", "threads", _, "runs", *_]:
            return "runs"
        case ["", "v1", first, *_]:
            return _UNSUPPORTED.get(first)
    return None
