"""Runs the service on a port: uvicorn in a thread of the test process."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import uvicorn
from pydantic import SecretStr

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.keep import Threadkeep
from threadkeep.server.limits import protocol_for
from threadkeep.settings import Settings
from threadkeep.tests.emptying import empty

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI
    from pymongo import MongoClient
    from pymongo.database import Database

    from threadkeep.services import Tuning

_START_SECONDS = 30


@dataclass(frozen=True)
class LiveServer:
    """A running service."""

    url: str
    admin_key: str
    database: Database[dict[str, Any]]
    """Its database, for checks that bypass the service."""
    mongodb_url: str
    """The URL of its MongoDB, for pages that connect to MongoDB directly."""
    thread: threading.Thread
    """The thread in which uvicorn runs."""

    def require_running(self) -> None:
        """Fail at once if an earlier test ended it: the port stays open, so each request would wait in vain."""
        assert self.thread.is_alive(), "An earlier test of this worker ended the live server."

    def empty(self) -> None:
        """Remove everything except the admin key, for the next test."""
        empty(self.database, api_keys={"_id": {"$ne": self.admin_key[:11]}})


@contextmanager
def run_live_server(
    mongo: MongoClient[dict[str, Any]],
    mongo_url: str,
    *,
    database: str | None = None,
    tuning: Tuning | None = None,
    **options: Any,
) -> Iterator[LiveServer]:
    """Serve `database`, or a new one, with these settings until the `with` block ends. Then the database is dropped.

    With `tuning`, no sweeper runs.
    """
    name = database or f"test-{secrets.token_hex(8)}"
    admin_key = f"tk_{secrets.token_hex(24)}"
    settings = Settings(
        _env_file=None,
        mongodb_url=SecretStr(mongo_url),
        database=name,
        admin_key=SecretStr(admin_key),
        **{"access_log": False, "database_timeout_seconds": 20} | options,
    )
    with socket.socket() as listener:
        listener.bind((settings.host, 0))
        url = f"http://{settings.host}:{listener.getsockname()[1]}"
        app = create_app(settings) if tuning is None else _tuned_app(settings, mongo_url, tuning)
        with _served(app, settings, listener, url) as thread:
            yield LiveServer(url, admin_key, mongo[name], mongo_url, thread)
    mongo.drop_database(name)


def _tuned_app(settings: Settings, mongo_url: str, tuning: Tuning) -> FastAPI:
    keep = Threadkeep.connect(mongo_url, database=settings.database, sweep_seconds=None, tuning=tuning)
    app = create_app(settings, keep=keep)
    serve = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with keep, serve(app) as state:
            yield state

    app.router.lifespan_context = lifespan
    return app


@contextmanager
def _served(app: FastAPI, settings: Settings, listener: socket.socket, url: str) -> Iterator[threading.Thread]:
    config = uvicorn.Config(app, loop="uvloop", http=protocol_for(settings), ws="none", lifespan="on", log_config=None)
    config.load()  # here, because imports in a second thread disturb imports in the first one
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="live server")
    thread.start()
    try:
        _wait_until_ready(url, thread)
        yield thread
    finally:
        server.should_exit = True
        thread.join()


def _wait_until_ready(url: str, thread: threading.Thread) -> None:
    with httpx2.Client(verify=certificates(), base_url=url) as client:
        for _ in range(_START_SECONDS * 50):
            try:
                if client.get("/readyz").status_code == httpx2.codes.OK:
                    return
            except httpx2.TransportError:
                pass
            if not thread.is_alive():
                break
            time.sleep(0.02)
    raise RuntimeError("The live server did not start.")
