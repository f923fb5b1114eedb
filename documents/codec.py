"""Reads documents back exactly as they were stored."""

from __future__ import annotations

from typing import Any

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.dbref import DBRef


class _PlainReference(TypeDecoder):
    """The driver takes an object with `$ref` and `$id` (a JSON schema, say) for a reference: back to the object."""

    bson_type = DBRef

    def transform_bson(self, value: DBRef) -> dict[str, Any]:
        return {**value.as_doc()}


EXACT: CodecOptions[dict[str, Any]] = CodecOptions(type_registry=TypeRegistry([_PlainReference()]))
"""How our database is read."""
