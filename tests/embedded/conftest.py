"""Temporary data folders, running embedded servers, and a wait for a condition."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from pymongo import MongoClient

from threadkeep.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


NOTE = {"_id": "kept"}


@dataclass(frozen=True)
class Running:
    """A running server and its data folder."""

    folder: Path
    server: EmbeddedServer


class Eventually(Protocol):
    def __call__(self, condition: Callable[[], Any], seconds: float = 20.0) -> None: ...


class Connect(Protocol):
    def __call__(self, url: str) -> MongoClient[dict[str, Any]]: ...


@pytest.fixture(scope="session")
def finished_folder() -> Iterator[Path]:
    """A data folder with one note after its first start. A first start runs the server twice."""
    with tempfile.TemporaryDirectory(prefix="threadkeep-test-") as path:
        with EmbeddedServer(Path(path) / "data") as server, MongoClient[dict[str, Any]](server.url) as client:
            client.test.notes.insert_one(NOTE)
        yield Path(path) / "data"


@pytest.fixture(scope="session")
def running(finished_folder: Path) -> Iterator[Running]:
    """A server for all tests that do not change it, because a start takes longer than most tests."""
    with tempfile.TemporaryDirectory(prefix="threadkeep-test-") as path:
        folder = Path(shutil.copytree(finished_folder, Path(path) / "data"))
        with EmbeddedServer(folder) as server:
            yield Running(folder, server)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="threadkeep-test-") as path:
        yield Path(path) / "data"


@pytest.fixture
def folder(new_folder: Path, finished_folder: Path) -> Path:
    return Path(shutil.copytree(finished_folder, new_folder))


@pytest.fixture
def eventually() -> Eventually:
    def wait(condition: Callable[[], Any], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not become true"
            time.sleep(0.02)

    return wait


@pytest.fixture
def connect() -> Connect:
    def client(url: str) -> MongoClient[dict[str, Any]]:
        return MongoClient(url, serverSelectionTimeoutMS=10_000)

    return client
