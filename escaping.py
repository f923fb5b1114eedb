"""Shows stored text as plain data: one function for each medium that people read (decision 46).

Names and messages come from strangers. A terminal, a browser and a spreadsheet obey certain characters. These functions
show such characters and never hand them on.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

_PICTURES = 0x2400
"""The first of Unicode's pictures of control characters: `␀` for NUL."""
_PICTURE_OF_DELETE = "␡"
_JOINERS = "\u200c\u200d"
"""Invisible, and needed inside words of some languages and inside some emoji."""
_UNSAFE = re.compile(r"[^\x20-\x7e]")
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")
_MARKDOWN = re.compile(r"[\\<\[\]$]|%(?=%)|(?<=%)%|&(?=#?\w+;)")
"""Characters of Markdown that begin HTML, links, images, formulas, comments and entities."""
_MARKDOWN_LINE = re.compile(r"^([\s>*+\-\d.)]*)(?=#|:::|`{3}|~{3})|^([\s>]*)(?==+\s*$|-+\s*$)")
"""The places where a heading, an underline of a heading, or a block of a renderer's own syntax would begin."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet computes a cell that begins with one of these characters. The last four are the wide forms."""


def visible(text: object, most: int | None = None) -> str:
    """The text in one line: control characters become pictures, and other invisible ones become escapes (`U+202E` …).

    Right-to-left overrides, lone surrogates and line ends are among them. A text of more than `most` characters is cut.
    """
    shown = text if isinstance(text, str) else str(text)
    if most is not None and len(shown) > most:
        shown = f"{shown[:most]}…"
    return shown if shown.isascii() and shown.isprintable() else _UNSAFE.sub(_picture, shown)


def _picture(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    code = ord(character)
    if code < ord(" "):
        return chr(_PICTURES + code)
    if code == 0x7F:  # noqa: PLR2004 - DEL
        return _PICTURE_OF_DELETE
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def visible_lines(text: str) -> str:
    """The text with its line ends and tabs. In each line, other control characters are shown as `visible` shows them."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def html_text(text: object, most: int | None = None) -> str:
    """The text in HTML: as the content of an element, or as an attribute in quotes."""
    return escape(visible(text, most), quote=True)


def html_lines(text: str) -> str:
    """The text in HTML, with its line ends and tabs: as the content of an element."""
    return escape(visible_lines(text), quote=True)


def csv_text(text: object) -> str:
    """The text as a cell of a CSV file, which a spreadsheet shows and never computes. The writer adds the quotes."""
    shown = visible(text)
    return f"'{shown}" if str(text).lstrip(" ").startswith(_FORMULA) else shown


def markdown_text(text: object) -> str:
    """The text in Markdown, without links, emphasis, HTML or headings of its own."""
    return _MARKUP.sub(r"\\\g<0>", visible(text))


def markdown_lines(text: str) -> str:
    """The text in Markdown, with its lines, lists, quotes and emphasis.

    It has no HTML, links, images or headings, and nothing in it reaches beyond its last line.
    """
    return "\n".join(_markdown_line(line) for line in visible_lines(text).split("\n"))


def _markdown_line(line: str) -> str:
    return _MARKDOWN_LINE.sub(r"\g<0>\\", _MARKDOWN.sub(r"\\\g<0>", line), count=1)
