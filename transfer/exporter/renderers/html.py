"""HTML for reading: a page that needs no network and runs no script, even if a message contains one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ....escaping import html_lines, html_text
from .base import Renderer, minutes, model_of, title_of
from .fences import blocks_of
from .shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....documents import MessageRow, ThreadRow
    from .shown import Shown

_LONGEST_TITLE = 500
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""The browser loads nothing, runs nothing and sends nothing, even if a message got HTML into the page."""
_FIRST = "<!doctype html>\n<!-- Threadkeep export -->\n"
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}\Z")
"""The images that a page shows. Others would need the network, or are documents themselves (SVG)."""
_EMPHASIS = re.compile(r"`([^`\n]+)`|\*\*([^*`\n]+)\*\*|^#{1,6} ([^`*\n]+)$", re.MULTILINE)
"""Code, strong words and headings in a text whose HTML is escaped already."""


class Html(Renderer):
    """One page for all threads, or a page for each."""

    name = "html"
    ending = ".html"
    first_bytes = (_FIRST.encode(),)
    has_pages = True
    _has_begun = False

    def thread(self, thread: ThreadRow) -> Iterator[str]:
        """The heading of a thread, and its facts."""
        title = title_of(thread) or thread["_id"]
        yield from self._begin(self.title or title)
        facts = [thread["_id"], f"{minutes(thread['created_at'])} UTC", f"{thread['message_count']:,} messages"]
        facts += [model] if (model := model_of(thread)) else []
        yield f"<section><header><h1>{html_text(title, _LONGEST_TITLE)}</h1>\n"
        yield f"<p>{' · '.join(html_text(fact, _LONGEST_TITLE) for fact in facts)}</p></header>\n"

    def message(self, row: MessageRow) -> Iterator[str]:
        """The entries of a message."""
        for one in shown(row, self.left_out):
            yield from self._entry(one, row["role"])

    def thread_end(self) -> Iterator[str]:
        """End the thread."""
        yield "</section>\n"

    def end(self) -> Iterator[str]:
        """End the page."""
        yield from self._begin(self.title or "Conversations")
        yield "</main></body></html>\n"

    def _begin(self, title: str) -> Iterator[str]:
        if not self._has_begun:
            self._has_begun = True
            yield page_head(title)

    def _entry(self, one: Shown, role: str) -> Iterator[str]:
        title = html_text(one.title, _LONGEST_TITLE)
        if one.kind != "words":
            yield f'<details class="{one.kind}"><summary>{title}</summary>'
            yield f"<pre>{html_lines(one.text)}</pre>" if one.kind != "reasoning" else "".join(_blocks(one.text))
            yield from self._pictures(one)
            yield "</details>\n"
            return
        by = f" <span>{html_text(one.by, _LONGEST_TITLE)}</span>" if one.by else ""
        side = "user" if role == "user" else "other"
        yield f'<article class="{side}"><h2>{title}{by} <time>{html_text(one.time)}</time></h2>\n'
        yield from _blocks(one.text)
        yield from self._pictures(one)
        for name in one.files:
            yield f'<p class="file">File: {html_text(name, _LONGEST_TITLE)}</p>\n'
        if one.is_unfinished:
            yield '<p class="file">This message is not complete.</p>\n'
        yield "</article>\n"

    def _pictures(self, one: Shown) -> Iterator[str]:
        for url in one.images:
            if _PICTURE.match(url):
                yield f'<img alt="An image of this message" src="{url}">\n'
            else:
                self.left_out["images"] += 1
                yield '<p class="file">An image that is not in this file.</p>\n'


def page_head(title: str) -> str:
    """The head of a page, and the beginning of its body."""
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return (
        f'{_FIRST}<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html_text(title, _LONGEST_TITLE)}</title>\n<style>\n{style}</style></head>\n<body><main>\n"
    )


def _blocks(text: str) -> Iterator[str]:
    for part, language in blocks_of(text.replace("\r\n", "\n")):
        if language is not None:
            yield f"<pre>{html_lines(part)}</pre>\n"
        elif part.strip():
            yield f'<div class="text">{_EMPHASIS.sub(_emphasised, html_lines(part.strip(chr(10))))}</div>\n'


def _emphasised(found: re.Match[str]) -> str:
    code, strong, heading = found.groups()
    return f"<code>{code}</code>" if code else f"<strong>{strong or heading}</strong>"
