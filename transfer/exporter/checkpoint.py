"""The state from which an interrupted export continues, and the lock that keeps out a second process."""

from __future__ import annotations

import fcntl
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import orjson

from ...errors import InvalidInput
from ...private_files import open_private
from .cursor import ExportPosition

if TYPE_CHECKING:
    from pathlib import Path

    from .cursor import Step


@dataclass(slots=True)
class Counts:
    """The number of exported users, threads and messages."""

    users: int = 0
    threads: int = 0
    messages: int = 0

    def add(self, step: Step) -> None:
        """Count the rows of a step."""
        self.users += len(step.users)
        self.threads += sum(piece.begins for piece in step.pieces)
        self.messages += sum(len(piece.messages) for piece in step.pieces)


@dataclass(slots=True)
class Checkpoint:
    """The state of an unfinished export: all rows up to `position` are on the disk.

    `mark` tells the writer where its files end: see the writers. It is 0 before the first complete write.
    """

    header: dict[str, Any]
    position: ExportPosition = field(default_factory=ExportPosition)
    counts: Counts = field(default_factory=Counts)
    mark: int = 0

    def save(self, path: Path) -> None:
        """Replace the checkpoint file, in one atomic step."""
        unfinished = path.with_name(f"{path.name}.new")
        with open_private(unfinished) as file:
            file.write(orjson.dumps(self._stored(), option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def _stored(self) -> dict[str, Any]:
        # The file keeps the key `place`, so that exports of earlier versions can continue.
        position, counts = asdict(self.position), asdict(self.counts)
        return {"header": self.header, "place": position, "counts": counts, "mark": self.mark}

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Return the checkpoint of an interrupted export, or None if there is none.

        Raises `InvalidInput` if the file is not a checkpoint.
        """
        try:
            state = orjson.loads(path.read_bytes())
            return cls(state["header"], ExportPosition(**state["place"]), Counts(**state["counts"]), state["mark"])
        except FileNotFoundError:
            return None
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InvalidInput.at("file", f"{path} is not the state of an export: remove it") from error


class Lock:
    """A lock file that one process holds while it writes an export.

    Raises `InvalidInput` if another process holds it. The operating system releases the lock of a killed process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise InvalidInput.at("file", "another export is writing this file") from None

    def release(self) -> None:
        """Remove the file and release the lock."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
