"""Writes an export in a format of threads: one file, or a folder with a page for each thread."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import orjson

from ...escaping import html_text, markdown_text
from ...ids import LENGTH, characters_of
from ...private_files import FOLDER_OF_OWNER, open_private, replace_private
from ..export_format import is_header
from .renderers import page_head, title_of
from .rendering import FileRendering

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from ...documents import ThreadRow
    from .checkpoint import Checkpoint, Counts
    from .cursor import Step, ThreadPiece
    from .renderers import Renderer

_MANIFEST = "pages.json"
_PAGES = "threads"
_NAME = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,99}\Z")


class RenderedFile:
    """One file. Its name ends in `.part` until it is complete. Such an export cannot be continued."""

    def __init__(self, path: Path, renderer: Renderer) -> None:
        self._path = path
        self._renderer = renderer
        self._rendering = FileRendering(renderer)
        self._unfinished = path.with_name(f"{path.name}.part")
        self.state = path.with_name(f"{path.name}.state")
        self.lock = path.with_name(f"{path.name}.lock")

    def exists(self) -> bool:
        """Whether a file exists at this path."""
        return self._path.exists()

    def replaceable(self) -> bool:
        """Whether the file is empty, or begins as a file of this format does."""
        if not self._path.is_file():
            return False
        with self._path.open("rb") as file:
            first = file.read(max(map(len, self._renderer.first_bytes)))
        return not first or first.startswith(self._renderer.first_bytes)

    def open(self, checkpoint: Checkpoint) -> None:
        """Open the file."""
        del checkpoint
        self._file = open_private(self._unfinished)

    def write(self, step: Step) -> None:
        """Write the rows of a step."""
        self._file.writelines(self._rendering.step(step))

    def finish(self, counts: Counts) -> None:
        """Complete the file, and give it its final name."""
        del counts
        self._file.writelines(self._rendering.finish())
        _sync(self._file)
        replace_private(self._unfinished, self._path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RenderedFolder:
    """A folder: `threads/` has a page for each thread, `index` a list of them, and `pages.json` says that it is complete."""

    def __init__(self, path: Path, renderer: Callable[[], Renderer]) -> None:
        path.mkdir(FOLDER_OF_OWNER, exist_ok=True)
        self._path = path
        self._new_page = renderer
        self._index = renderer()
        self._pages = path / _PAGES
        self._page: _Page | None = None
        self.left_out = self._index.left_out
        self.state = path / "export.state"
        self.lock = path / "export.lock"

    def exists(self) -> bool:
        """Whether the folder holds anything."""
        return any(found != self.lock for found in self._path.iterdir())

    def replaceable(self) -> bool:
        """Whether the folder is empty, or an export that is complete or was interrupted."""
        manifest = self._path / _MANIFEST
        return not self.exists() or (manifest.is_file() and is_header(manifest.read_bytes()))

    def open(self, checkpoint: Checkpoint) -> None:
        """Remove the pages of an earlier export, and begin the list."""
        self._header = {**checkpoint.header, "format": f"threads/{self._index.name}"}
        self._pages.mkdir(FOLDER_OF_OWNER, exist_ok=True)
        for page in self._pages.glob(f"*{self._index.ending}*"):
            page.unlink()
        self._write_manifest(is_complete=False)
        self._list_path = self._path / f"index{self._index.ending}"
        self._list = open_private(self._list_path.with_name(f"{self._list_path.name}.part"))
        self._list.write(_list_head(self._index).encode())

    def write(self, step: Step) -> None:
        """Write the rows of a step."""
        for piece in step.pieces:
            if piece.begins:
                self._end_page()
                self._page = self._begin_page(piece.thread)
            if self._page is not None:
                self._page.write(piece)

    def finish(self, counts: Counts) -> None:
        """Complete the last page and the list."""
        del counts
        self._end_page()
        self._list.write(b"</ol></main></body></html>\n" if self._index.name == "html" else b"\n")
        _sync(self._list)
        replace_private(self._list_path.with_name(f"{self._list_path.name}.part"), self._list_path)
        self._write_manifest(is_complete=True)

    def close(self) -> None:
        """Close the files."""
        self._list.close()
        if self._page is not None:
            self._page.file.close()

    def _begin_page(self, thread: ThreadRow) -> _Page:
        name = f"{page_name(thread['_id'])}{self._index.ending}"
        self._list.write(_list_entry(self._index, thread, f"{_PAGES}/{name}").encode("utf-8", "replace"))
        return _Page(self._pages / name, self._new_page())

    def _end_page(self) -> None:
        if self._page is not None:
            self._page.finish()
            self.left_out += self._page.renderer.left_out
            self._page = None

    def _write_manifest(self, *, is_complete: bool) -> None:
        with open_private(self._path / _MANIFEST) as file:
            file.write(orjson.dumps({**self._header, "complete": is_complete}, option=orjson.OPT_INDENT_2))


class _Page:
    """The page of one thread."""

    def __init__(self, path: Path, renderer: Renderer) -> None:
        self.renderer = renderer
        self._path = path
        self._unfinished = path.with_name(f"{path.name}.part")
        self._rendering = FileRendering(renderer)
        self.file = open_private(self._unfinished)

    def write(self, piece: ThreadPiece) -> None:
        self.file.writelines(self._rendering.pieces([piece]))

    def finish(self) -> None:
        self.file.writelines(self._rendering.finish())
        self.file.close()
        replace_private(self._unfinished, self._path)


def page_name(thread_id: str) -> str:
    """The name of the page of a thread, without its ending: its id, or a derived text if no file can have the id."""
    return thread_id if _NAME.match(thread_id) else f"thread_{characters_of(thread_id, LENGTH)}"


def _list_head(renderer: Renderer) -> str:
    if renderer.name == "html":
        return f"{page_head('Conversations')}<header><h1>Conversations</h1></header>\n<ol>\n"
    return f"{renderer.first_bytes[0].decode()}\n# Conversations\n\n"


def _list_entry(renderer: Renderer, thread: ThreadRow, address: str) -> str:
    title, day = title_of(thread) or thread["_id"], f"{thread['last_active_at']:%Y-%m-%d}"
    if renderer.name == "html":
        return f'<li><a href="{html_text(address)}">{html_text(title, 200)}</a> <span>{day}</span></li>\n'
    return f"- [{markdown_text(title[:200])}]({address}) {day}\n"


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
