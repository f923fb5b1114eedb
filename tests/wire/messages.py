"""Messages of the MongoDB wire protocol: reads them from a stream, and writes answers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bson
from bson.codec_options import CodecOptions

if TYPE_CHECKING:
    import asyncio

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
_HEADER = struct.Struct("<iiii")
_CHECKSUM, _MORE_TO_COME = 1, 2
_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(dict)
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was sent, with its document."""

    content: bytes
    """The whole message, with its header."""
    number: int
    """The number by which an answer names its request."""
    op_code: int
    body: Body
    """The command or the answer. Document sequences are ordinary arrays in it."""
    expects_answer: bool

    @property
    def name(self) -> str:
        """The name of the command."""
        return next(iter(self.body), "")


async def read(reader: asyncio.StreamReader) -> Message | None:
    """The next message. None at the end of the stream."""
    header = await reader.read(1)
    if not header:
        return None
    header += await reader.readexactly(_HEADER.size - 1)
    length, number, _, op_code = _HEADER.unpack(header)
    rest = await reader.readexactly(length - _HEADER.size)
    body, expects_answer = _decode(op_code, rest)
    return Message(header + rest, number, op_code, body, expects_answer)


def answer_to(request: Message, body: Body) -> bytes:
    """The bytes of an answer to this request."""
    document = bson.encode(body, codec_options=_OPTIONS)
    if request.op_code == OP_QUERY:
        content = struct.pack("<iqii", 0, 0, 0, 1) + document
        op_code = OP_REPLY
    else:
        content = struct.pack("<Ib", 0, 0) + document
        op_code = OP_MSG
    return _HEADER.pack(_HEADER.size + len(content), 0, request.number, op_code) + content


def _decode(op_code: int, content: bytes) -> tuple[Body, bool]:
    if op_code == OP_MSG:
        return _decode_sections(content)
    if op_code == OP_QUERY:
        name_ends = content.index(b"\0", 4)
        return _documents(content[name_ends + 9 :])[0], True
    if op_code == OP_REPLY:
        return _documents(content[20:])[0], False
    raise ValueError(f"The proxy does not know messages of the kind {op_code}.")


def _decode_sections(content: bytes) -> tuple[Body, bool]:
    (flags,) = struct.unpack_from("<I", content)
    end = len(content) - (4 if flags & _CHECKSUM else 0)
    body: Body = {}
    sequences: dict[str, list[Body]] = {}
    position = 4
    while position < end:
        kind = content[position]
        position += 1
        (size,) = struct.unpack_from("<i", content, position)
        section = content[position : position + size]
        if kind == 0:
            body = _documents(section)[0]
        else:
            name, _, documents = section[4:].partition(b"\0")
            sequences[name.decode()] = _documents(documents)
        position += size
    return body | sequences, not flags & _MORE_TO_COME


def _documents(content: bytes) -> list[Body]:
    return bson.decode_all(content, _OPTIONS)
