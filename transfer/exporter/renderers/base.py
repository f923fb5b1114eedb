"""The interface of a format in which threads are exported, and functions that several formats share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from ....context import pieces_of
from ....services import row_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from ....context import Piece
    from ....documents import MessageRow, ThreadRow
    from ....history import Content

_ENOUGH_BYTES = 8 * 1024 * 1024
_MOST_BYTES = 4 * _ENOUGH_BYTES


class Renderer(ABC):
    """Renders the threads of one file, one after the other, message by message.

    For each thread, `thread` is called, then `message` for each message in order, then `thread_end`. All return parts of
    the file, in order. `left_out` counts the things that the format cannot hold, by their name in the plural.
    """

    name: ClassVar[str]
    ending: ClassVar[str]
    """The ending of the name of a file."""
    first_bytes: ClassVar[tuple[bytes, ...]]
    """The first bytes of a file, as alternatives. `restart` replaces no file with another beginning."""
    has_pages: ClassVar[bool] = False
    """Whether a folder takes one page for each thread."""

    def __init__(self, title: str | None = None) -> None:
        """A file of many threads has this title. Without a title, the file has the title of its first thread."""
        self.title = title
        self.left_out: Counter[str] = Counter()

    def begin(self) -> Iterator[str]:
        """Yield the text before the first thread."""
        yield from ()

    @abstractmethod
    def thread(self, thread: ThreadRow) -> Iterator[str]:
        """Begin a thread."""

    @abstractmethod
    def message(self, row: MessageRow) -> Iterator[str]:
        """Take the next message of the thread."""

    @abstractmethod
    def thread_end(self) -> Iterator[str]:
        """End the thread."""

    def end(self) -> Iterator[str]:
        """Yield the text behind the last thread."""
        yield from ()


class PartRenderer(Renderer):
    """A renderer of formats in which a call and its output belong together: it gets many messages at once.

    A thread of more than `enough_bytes`, by default 8 MiB, comes in several parts. Each part begins with a message of a user,
    unless a turn has more than 32 MiB.
    """

    def __init__(self, title: str | None = None, *, enough_bytes: int = _ENOUGH_BYTES) -> None:
        super().__init__(title)
        self._enough_bytes = enough_bytes

    def thread(self, thread: ThreadRow) -> Iterator[str]:
        """Begin a thread."""
        self._thread = thread
        self._rows: list[MessageRow] = []
        self._size = 0
        yield from ()

    def message(self, row: MessageRow) -> Iterator[str]:
        """Take the next message of the thread."""
        if self._size >= _MOST_BYTES or (self._size >= self._enough_bytes and row["role"] == "user"):
            yield from self.part(self._thread, self._rows)
            self._rows, self._size = [], 0
        self._rows.append(row)
        self._size += row_size(row)

    def thread_end(self) -> Iterator[str]:
        """End the thread."""
        yield from self.part(self._thread, self._rows)

    @abstractmethod
    def part(self, thread: ThreadRow, rows: list[MessageRow]) -> Iterator[str]:
        """Render messages that follow each other. The list may be empty."""


def title_of(thread: Mapping[str, Any]) -> str | None:
    """The title of a thread, or the title that its source gave it."""
    for title in (thread.get("title"), (thread.get("meta_data") or {}).get("title")):
        if isinstance(title, str) and title.strip():
            return title
    return None


def model_of(fields: Mapping[str, Any]) -> str | None:
    """The model that `meta_data` of a thread or message names."""
    model = (fields.get("meta_data") or {}).get("model")
    return model if isinstance(model, str) and model else None


def text_pieces(content: Content) -> tuple[list[str], list[Piece]]:
    """The texts of a content, and its other parts: images, files and sounds."""
    pieces = pieces_of(content)
    texts = [piece.text for piece in pieces if piece.kind in ("text", "refusal") and piece.text]
    return texts, [piece for piece in pieces if piece.kind not in ("text", "refusal")]


def minutes(moment: datetime) -> str:
    """A time for people: 2026-01-05 10:00."""
    return f"{moment:%Y-%m-%d %H:%M}"
