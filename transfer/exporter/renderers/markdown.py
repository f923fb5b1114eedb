"""Markdown for reading and for notes: a heading for each thread, and a section for each message.

Texts keep their lists, quotes, emphasis and blocks of code. Nothing in them is a heading, a link, an image or HTML, and nothing
reaches beyond its section.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ....escaping import markdown_lines, markdown_text, visible_lines
from .base import Renderer, minutes, title_of
from .fences import blocks_of
from .shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....documents import MessageRow, ThreadRow
    from .shown import Shown

_MARK = "<!-- Threadkeep export -->\n"
_LONGEST_TITLE = 500
_FENCES = re.compile(r"`{3,}")
_DRAWN = frozenset({"dataview", "dataviewjs", "geojson", "math", "mermaid", "query", "stl", "topojson"})
"""Blocks of these languages are run or drawn by common readers, instead of being shown."""


class Markdown(Renderer):
    """One file for all threads, or a page for each."""

    name = "markdown"
    ending = ".md"
    first_bytes = (_MARK.encode(),)
    has_pages = True

    def begin(self) -> Iterator[str]:
        """A comment by which an export is recognised."""
        yield _MARK

    def thread(self, thread: ThreadRow) -> Iterator[str]:
        """The heading of a thread, and its facts."""
        yield f"\n# {markdown_text((title_of(thread) or thread['_id'])[:_LONGEST_TITLE])}\n\n"
        yield f"{markdown_text(thread['_id'])} · {minutes(thread['created_at'])} UTC · {thread['message_count']:,} messages\n"

    def message(self, row: MessageRow) -> Iterator[str]:
        """The sections of a message."""
        for one in shown(row, self.left_out):
            yield from self._section(one)

    def thread_end(self) -> Iterator[str]:
        """The line between two threads."""
        yield "\n"

    def _section(self, one: Shown) -> Iterator[str]:
        by = f" ({markdown_text(one.by)})" if one.by and one.kind == "words" else ""
        level = "##" if one.kind == "words" else "###"
        yield f"\n{level} {markdown_text(one.title[:_LONGEST_TITLE])}{by} · {one.time}\n"
        if one.kind in ("call", "output"):
            yield _fenced(one.text, "")
        else:
            for text, language in blocks_of(visible_lines(one.text)):
                yield f"\n{markdown_lines(text)}\n" if language is None else _fenced(text, language)
        for name in one.files:
            yield f"\nFile: {markdown_text(name[:_LONGEST_TITLE])}\n"
        if one.images:
            self.left_out["images"] += len(one.images)
            yield f"\nImages: {len(one.images)}\n"
        if one.is_unfinished:
            yield "\nThis message is not complete.\n"


def _fenced(text: str, language: str) -> str:
    """A block of code. Its fence is longer than any in the text."""
    longest = max((len(found) for found in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"\n{fence}{'' if language.lower() in _DRAWN else language}\n{visible_lines(text)}\n{fence}\n"
