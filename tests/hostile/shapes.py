"""JSON values that are hard to parse, each as a function of its size, and an ordinary body for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def joined(pieces: list[bytes], brackets: bytes) -> bytes:
    """Return an array or an object of these members."""
    return brackets[:1] + b",".join(pieces) + brackets[1:]


def repeated(piece: bytes, size: int) -> bytes:
    """Return an array that repeats one value."""
    return joined([piece] * (size // (len(piece) + 1)), b"[]")


def keys(size: int, length: int, value: bytes = b"0") -> bytes:
    """Return an object of different keys of this length."""
    count = size // (length + len(value) + 4)
    return joined([b'"%0*d":%b' % (length, number, value) for number in range(count)], b"{}")


def duplicate(size: int) -> bytes:
    """Return an object whose last key occurs twice."""
    return keys(size, 8)[:-1] + b',"%08d":0}' % (size // 13 - 1)


def deep(size: int, opening: bytes, closing: bytes) -> bytes:
    """Return nested values."""
    levels = size // (len(opening) + len(closing))
    return opening * levels + b"0" + closing * levels


def padded(value: bytes, size: int) -> bytes:
    """Return the value, padded with spaces to this size."""
    return value + b" " * max(0, size - len(value))


ASTRAL = "\U0001f600".encode()
"""A character for which Python takes 4 bytes for each character of its text."""


def mixed(size: int, more: bytes = b"") -> bytes:
    """Return an ASCII text with one astral character."""
    return b'"%b%b%b"' % (b"a" * size, ASTRAL, more)


def astral_keys(size: int) -> bytes:
    """Return an object of keys with an astral character each."""
    return keys(size * 44 // 48, 40).replace(b'{"', b'{"' + ASTRAL).replace(b',"', b',"' + ASTRAL)


MOST = 49_000
"""A little less than `max_body_elements`."""


def long_key(size: int) -> bytes:
    """Return an object with one long key, whose value has as many members as allowed."""
    count = min(size // 4, 40_000)
    return b'{"%b":%b}' % (b"k" * (size - 2 * count), joined([b"0"] * count, b"[]"))


SHAPES: dict[str, Callable[[int], bytes]] = {
    "many keys": lambda size: keys(size, 8),
    "as many keys as allowed": lambda size: keys(size, max(8, 2 * size // MOST - 5)),
    "a long key": lambda size: b'{"%b":0}' % (b"k" * size),
    "long keys": lambda size: keys(size, 1000),
    "a long key over many members": lambda size: b'{"%b":%b}' % (b"k" * (size // 2), repeated(b"0", size // 2)),
    "a long key over as many members as allowed": long_key,
    "a duplicate key": duplicate,
    "deep arrays": lambda size: deep(size, b"[", b"]"),
    "deep objects": lambda size: deep(size, b'{"a":', b"}"),
    "many levels again and again": lambda size: repeated(deep(500, b"[", b"]"), size),
    "empty arrays": lambda size: repeated(b"[]", size),
    "as many empty arrays as allowed": lambda size: padded(repeated(b"[]", min(size, 3 * MOST)), size),
    "empty objects": lambda size: repeated(b"{}", size),
    "small objects": lambda size: repeated(b'{"a":1}', size),
    "as many small objects as allowed": lambda size: padded(repeated(b'{"a":1}', min(size, 8 * MOST // 3)), size),
    "objects of unknown fields": lambda size: repeated(keys(2000, 4), size),
    "numbers": lambda size: repeated(b"0", size),
    "long numbers": lambda size: repeated(b"9" * 4000, size),
    "fractions": lambda size: repeated(b"1e9", size),
    "NaN": lambda size: repeated(b"NaN", size),
    "short texts": lambda size: repeated(b'"ab"', size),
    "nulls": lambda size: repeated(b"null", size),
    "escapes": lambda size: b'"%b"' % (rb"\u00e9" * (size // 6)),
    "backslashes": lambda size: b'"%b"' % (rb"\\" * (size // 2)),
    "lone surrogates": lambda size: repeated(rb'"\ud800"', size),
    "brackets in a text": lambda size: b'"%b"' % (b"[{,:" * (size // 4)),
    "a text without an end": lambda size: b'"%b' % (rb"\"[" * (size // 3)),
    "white space": lambda size: b" " * size + b"0",
    "astral characters": lambda size: b'"%b"' % (ASTRAL * (size // 4)),
    "escaped astral characters": lambda size: b'"%b"' % (rb"\ud83d\ude00" * (size // 12)),
    "one astral character": mixed,
    "one escaped astral character": lambda size: b'"%b%b"' % (b"a" * size, rb"\ud83d\ude00"),
    "one astral character and escapes": lambda size: mixed(size // 2, rb"\n\u0001" * (size // 16)),
    "texts with one astral character": lambda size: repeated(mixed(100), size),
    "short texts with one astral character": lambda size: repeated(mixed(38), size),
    "keys with an astral character": astral_keys,
    "an astral text and a lone surrogate": lambda size: mixed(size, rb"\ud800"),
    "an astral text and NaN": lambda size: b"[%b,NaN]" % mixed(size),
    "an astral text and a repeated key": lambda size: b'{"a":%b,"b":1,"b":2}' % mixed(size),
    "an astral text without an end": lambda size: mixed(size)[:-1],
    "astral characters that end early": lambda size: b'"%b"' % ((ASTRAL * (size // 4))[:-1]),
    "an odd text": lambda size: b'"%b"' % ("\u20ac" * (size // 3)).encode(),
}


def ordinary(size: int) -> bytes:
    """Return an array of messages as applications send them."""
    text = b"How long does a letter to Berlin take, and what does it cost? I would like to know today. " * 2
    message = b'{"role":"user","content":"%b","meta_data":{"language":"en","rating":5}}' % text
    return repeated(message, size)
