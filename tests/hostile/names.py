"""Names that some medium would interpret as more than text."""

from __future__ import annotations

import re

NAMES = (
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x9b31m of one byte",
    "[link=https://evil.example]click[/link]",
    "[/]",
    "[bold",
    ":smile:",
    "\u202egnp.exe",
    "\u2066isolated",
    "nul\0nul",
    "two\nlines\r\nand\u2028three\x85four",
    "\ufffe\uffff\ufeff",
    "x" * 5000,
    "e" + "\u0301" * 900,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|'/c calc'!A1",
    "\uff1d1+1",
    "![x](javascript:alert(1))",
    "",
    " ",
)
"""All of these names can be stored. A lone surrogate cannot be stored."""
NOT_STORABLE = "lone \ud800 surrogate"

_STYLES = re.compile("\x1b\\[[0-9;]*m")
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def unsafe_characters(text: str) -> set[str]:
    """Return the control characters of a text, without line ends and the colours of rich."""
    return set(_UNSAFE.findall(_STYLES.sub("", text)))
