"""Objects that look like references come back as objects, whichever way they are read."""

from __future__ import annotations

from typing import Any

import bson
import pytest

from threadkeep.documents.codec import EXACT, exact

REFERENCE = {"$ref": "#/definitions/a", "$id": "b"}


@pytest.mark.parametrize(
    "value",
    [
        REFERENCE,
        {"schema": REFERENCE},
        {**REFERENCE, "$db": "c", "more": {"inner": REFERENCE}},
        {"$ref": "a", "$id": REFERENCE},
        {"list": [[REFERENCE], {"deep": [REFERENCE, "text", 1, None]}]},
        {"topic": "trains", "$ref": "alone"},
        {},
    ],
)
@pytest.mark.parametrize("field", ["meta_data", "item"])
def test_a_row_that_is_read_quickly_is_the_row_that_is_read_exactly(field: str, value: dict[str, Any]) -> None:
    stored = bson.encode({"_id": "message_a", field: value, "parts": [value], "attachments": [], "content": "$ref"})
    row: Any = bson.decode(stored)

    assert exact(row) == bson.decode(stored, EXACT)
    assert list(row[field]) == list(bson.decode(stored, EXACT)[field])
