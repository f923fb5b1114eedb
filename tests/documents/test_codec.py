"""Objects that look like database references are decoded as objects, by `exact` and by the codec `EXACT`."""

from __future__ import annotations

from typing import Any

import bson
import pytest

from threadkeep.documents.codec import EXACT, elements_of, exact

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
def test_exact_makes_the_same_row_as_the_exact_codec_and_counts_its_elements(field: str, value: dict[str, Any]) -> None:
    stored = bson.encode({"_id": "message_a", field: value, "parts": [value], "attachments": [], "content": "$ref"})
    row: Any = bson.decode(stored)

    elements = exact(row)

    assert row == bson.decode(stored, EXACT)
    assert elements == elements_of(row)
    assert list(row[field]) == list(bson.decode(stored, EXACT)[field])
