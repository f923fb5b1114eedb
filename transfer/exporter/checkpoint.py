"""How an unfinished export is gone on with: what it has written for sure, and from where on it has to read."""

from __future__ import annotations

import fcntl
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import orjson

from ...errors import InvalidInput
from .cursor import ExportPosition

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Counts:
    """How much was exported."""

    users: int = 0
    threads: int = 0
    messages: int = 0


@dataclass(slots=True)
class Checkpoint:
    """Everything before `place` is written; `mark` is what the writer must know to go on."""

    header: dict[str, Any]
    place: ExportPosition = field(default_factory=ExportPosition)
    counts: Counts = field(default_factory=Counts)
    mark: int = 0

    def save(self, path: Path) -> None:
        """Replace the file by this, whole or not at all."""
        unfinished = path.with_name(f"{path.name}.new")
        with unfinished.open("wb") as file:
            file.write(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """What an earlier export left, if one did."""
        try:
            said = orjson.loads(path.read_bytes())
            return cls(said["header"], ExportPosition(**said["place"]), Counts(**said["counts"]), said["mark"])
        except FileNotFoundError:
            return None
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InvalidInput.at("file", f"{path} is not the state of an export: remove it") from error


class Lock:
    """Held by the one process that writes an export."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise InvalidInput.at("file", "another export is writing this file") from None

    def release(self) -> None:
        """Let others write."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
