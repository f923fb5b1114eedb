"""Folders that are gone after the test, and patience for what takes a moment."""

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
    """A server and its folder."""

    folder: Path
    server: EmbeddedServer


class Eventually(Protocol):
    def __call__(self, condition: Callable[[], Any], seconds: float = 20.0) -> None: ...


class Connect(Protocol):
    def __call__(self, url: str) -> MongoClient[dict[str, Any]]: ...


@pytest.fixture(scope="session")
def finished_folder() -> Iterator[Path]:
    """A data folder after its first start, which takes two lives of the server; it holds one note."""
    with tempfile.TemporaryDirectory(prefix="threadkeep-test-") as path:
        with EmbeddedServer(Path(path) / "data") as server, MongoClient[dict[str, Any]](server.url) as client:
            client.test.notes.insert_one(NOTE)
        yield Path(path) / "data"


@pytest.fixture(scope="session")
def running(finished_folder: Path) -> Iterator[Running]:
    """A server for all who only look at it: starting one costs more than most tests."""
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
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)

    return wait


@pytest.fixture
def connect() -> Connect:
    def client(url: str) -> MongoClient[dict[str, Any]]:
        return MongoClient(url, serverSelectionTimeoutMS=10_000)

    return client
