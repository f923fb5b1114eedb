"""Turns the steps of an export into the bytes of a file, with the renderer of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .cursor import Step, ThreadPiece
    from .renderers import Renderer

_CHUNK_CHARACTERS = 64 * 1024


class FileRendering:
    """One file in the making. The parts of the file come in pieces of about 64 KiB."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._has_begun = False
        self._in_thread = False

    def step(self, step: Step) -> Iterator[bytes]:
        """The bytes of the next step. Its last thread stays open, because its messages may continue in the next one."""
        yield from self.pieces(step.pieces)

    def pieces(self, pieces: Iterable[ThreadPiece]) -> Iterator[bytes]:
        """The bytes of the next pieces."""
        yield from _chunks(self._pieces(pieces))

    def finish(self) -> Iterator[bytes]:
        """The bytes behind the last step."""
        yield from _chunks(self._finish())

    def _pieces(self, pieces: Iterable[ThreadPiece]) -> Iterator[str]:
        yield from self._begin()
        for piece in pieces:
            if piece.begins:
                yield from self._end_thread()
                yield from self._renderer.thread(piece.thread)
                self._in_thread = True
            for message in piece.messages:
                yield from self._renderer.message(message)

    def _finish(self) -> Iterator[str]:
        yield from self._begin()
        yield from self._end_thread()
        yield from self._renderer.end()

    def _begin(self) -> Iterator[str]:
        if not self._has_begun:
            self._has_begun = True
            yield from self._renderer.begin()

    def _end_thread(self) -> Iterator[str]:
        if self._in_thread:
            self._in_thread = False
            yield from self._renderer.thread_end()


def _chunks(texts: Iterator[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _CHUNK_CHARACTERS:
            yield "".join(waiting).encode("utf-8", "replace")
            waiting, size = [], 0
    if size:
        yield "".join(waiting).encode("utf-8", "replace")
