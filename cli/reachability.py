"""Finds out in milliseconds whether anything listens at the address of MongoDB. The driver would try for seconds."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from ..errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Iterable


async def require_listener(url: str, seconds: float) -> None:
    """Return if one of the hosts of `url` accepts a connection within `seconds`.

    Raises `StartupError` with the fault of each host if none does. Hosts of `mongodb+srv://` are left to the driver.
    """
    if url.startswith("mongodb+srv://"):
        return
    try:
        hosts = parse_uri(url, validate=False)["nodelist"]
    except (PyMongoError, ValueError):
        return  # the driver names the fault when the client is opened
    tries = [asyncio.ensure_future(_fault_of(host, port, seconds)) for host, port in hosts]
    faults = []
    try:
        for tried in asyncio.as_completed(tries):
            fault = await tried
            if fault is None:
                return
            faults.append(fault)
    finally:
        for left in tries:
            left.cancel()
    raise StartupError(_sentence(faults))


async def _fault_of(host: str, port: int | None, seconds: float) -> str | None:
    """Why this host accepts no connection. None if it does. A host without a port is the path of a socket."""
    name = host if port is None else f"{host}:{port}"
    connecting = asyncio.open_unix_connection(host) if port is None else asyncio.open_connection(host, port)
    try:
        _, writer = await asyncio.wait_for(connecting, seconds)
    except TimeoutError:
        return f"{name} does not answer within {seconds:g} seconds"
    except OSError as error:
        return f"{name}: {_reason(error)}"
    writer.close()
    return None


def _reason(error: OSError) -> str:
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)  # a fault of the name look-up


def _sentence(faults: Iterable[str]) -> str:
    return (
        f"MongoDB cannot be reached ({'; '.join(faults)}): start it, or correct THREADKEEP_MONGODB_URL; without that setting, "
        "Threadkeep uses the embedded server."
    )
