"""BSON encoding of input and output: stored documents are as a driver sends them, and results are copies in the caller's types."""

from collections.abc import Mapping
from typing import Any

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo.errors import DocumentTooLarge

MAX_DOCUMENT_SIZE = 16 * 1024 * 1024
"""Bytes. The limit is the same on every MongoDB."""

STORED: CodecOptions[dict[str, Any]] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
"""The options of stored documents: plain dicts, naive UTC milliseconds, UUIDs as binary values."""


def stored(document: Mapping[str, Any], options: CodecOptions[Any] = STORED) -> dict[str, Any]:
    """Return the document as a server would receive it from a driver with these options."""
    data = bson.encode(document, codec_options=options)
    if len(data) > MAX_DOCUMENT_SIZE:
        raise DocumentTooLarge(
            f"BSON document too large ({len(data)} bytes) - the connected server supports"
            f" BSON document sizes up to {MAX_DOCUMENT_SIZE} bytes."
        )
    return bson.decode(data, STORED)


def shown(document: Mapping[str, Any], options: CodecOptions[Any]) -> Any:
    """Return a copy of a stored document as a driver with these options returns it."""
    return bson.decode(bson.encode(document, codec_options=STORED), options)
