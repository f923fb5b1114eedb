"""Runs the HTTP application with uvicorn. `threadkeep serve` replaces its own process with this one (decision 0034)."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from ..app import create_app
from ..errors import StartupError, ThreadkeepError
from ..escaping import visible
from ..services import cancel_tasks
from ..settings import Settings
from ..startup import connect, first_key, reach_database, until_available
from .descriptors import fit_connections
from .greeting import print_greeting
from .limits import protocol_for
from .log_format import configure_logs, log_unhandled
from .memory import tune
from .private_hooks import require_private_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from ..startup import Database

_BACKLOG = 2048


def main() -> None:
    """Serve with the settings of the environment and `.env`. A `ThreadkeepError` prints one line to stderr and exits with 1."""
    try:
        run(Settings.load())
    except ThreadkeepError as error:
        print(f"threadkeep: {visible(error)}", file=sys.stderr)  # noqa: T201 - the command's output
        sys.exit(1)
    except KeyboardInterrupt:  # before the server handles signals itself
        sys.exit(128 + signal.SIGINT)


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Running requests may still finish within `shutdown_seconds`."""
    require_private_hooks()
    configure_logs(settings)
    uvloop.run(_serve(fit_connections(settings)))


async def _serve(settings: Settings) -> None:
    asyncio.get_running_loop().set_exception_handler(log_unhandled)
    with _listening(settings) as listener:
        async with reach_database(settings) as database:
            await _serve_database(settings, database, listener)


async def _serve_database(settings: Settings, database: Database, listener: socket.socket) -> None:
    async with connect(settings, database) as keep:
        app = create_app(settings, keep=keep)
        server = QuietServer(_config(app, settings))
        greeting = asyncio.create_task(_greet(app, settings, listener.getsockname()[1], server))
        await server.serve(sockets=[listener])
        await cancel_tasks([greeting])
        if not greeting.cancelled():
            greeting.result()


class QuietServer(uvicorn.Server):
    """Uvicorn's server, but after a signal `serve()` returns instead of raising it again, so that callers can clean up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM. A second signal stops without waiting for requests."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http=protocol_for(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # no code uses the address or the scheme of the client
        date_header=True,
        backlog=_BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(settings.shutdown_seconds) or 1,
    )


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket. It is opened first, so that a port in use is reported before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise StartupError(
                f"Cannot listen on {settings.host}:{settings.port}: {error.strerror or error}. "
                "Is something else running there? THREADKEEP_PORT or --port chooses another port."
            ) from error
        yield listener


async def _greet(app: FastAPI, settings: Settings, port: int, server: QuietServer) -> None:
    """Print the URL when the service can answer requests. Stop the server if it never will."""
    await app.state.started.wait()
    try:
        await app.state.opened
        plain = await until_available(lambda: first_key(app.state.keep, settings))
    except Exception:  # after any error, a server that cannot be used must end
        server.should_exit = True
        raise
    tune()
    print_greeting(settings, port, plain)


if __name__ == "__main__":
    main()
