"""The MongoDB of a run: the one in `THREADKEEP_BENCH_MONGODB_URL`, or the embedded server in a temporary folder."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient

from ..embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "THREADKEEP_BENCH_MONGODB_URL"


@dataclass(frozen=True)
class BenchServer:
    """A running MongoDB, and its version."""

    url: str
    description: str
    embedded: bool


@contextmanager
def server() -> Iterator[BenchServer]:
    """The MongoDB of `THREADKEEP_BENCH_MONGODB_URL`, or the embedded server with the same durability as for users."""
    given = os.environ.get(VARIABLE)
    if given:
        yield BenchServer(given, f"MongoDB {_version(given)}", embedded=False)
        return
    with TemporaryDirectory(prefix="threadkeep-bench-") as folder, EmbeddedServer(folder) as running:
        yield BenchServer(running.url, f"embedded server (announces MongoDB {_version(running.url)})", embedded=True)


@contextmanager
def database(url: str, *, dropped: bool = True) -> Iterator[str]:
    """The name of a new database, which is dropped at the end. Without `dropped`, it is removed with its server."""
    name = f"threadkeep-bench-{secrets.token_hex(4)}"
    with MongoClient[dict[str, Any]](url) as client:
        try:
            yield name
        finally:
            if dropped:
                client.drop_database(name)


def _version(url: str) -> str:
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5000) as client:
        return str(client.server_info()["version"])
