"""Divides a text into its blocks of code, as Markdown marks them, and the text between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = re.compile(r" {0,3}(?P<fence>`{3,}(?=[^`]*$)|~{3,})\s*(?P<language>[\w+#.-]*)")


class Block(NamedTuple):
    """Lines of a text. `language` is None if they are no code, and empty if the code names no language."""

    text: str
    language: str | None


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a text, in order. Code whose end is missing reaches to the end of the text."""
    lines: list[str] = []
    fence, language = "", ""
    for line in text.split("\n"):
        if fence:
            if _closes(line, fence):
                yield Block("\n".join(lines), language)
                lines, fence = [], ""
            else:
                lines.append(line)
        elif found := _OPENING.match(line):
            if lines:
                yield Block("\n".join(lines), None)
            lines, fence, language = [], found["fence"], found["language"]
        else:
            lines.append(line)
    if fence or lines:
        yield Block("\n".join(lines), language if fence else None)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and bare == fence[0] * len(bare)
