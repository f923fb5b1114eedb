"""Large JSON is read with the same rules as small JSON."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.inputs import JsonRefused
from threadkeep.inputs.large_json import decode_bytes
from threadkeep.inputs.strict_json import decode

texts = st.text(max_size=8) | st.sampled_from(("\U0001f600", "\u00e9\n", "\0", '"\\', "a:b", "NaN", "{", "\ufeff"))
leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | texts
values = st.recursive(leaves, lambda some: st.lists(some, max_size=4) | st.dictionaries(texts, some, max_size=4))
damage = st.sampled_from(
    (
        *(
            "",
            "\U0001f600",
            "NaN",
            "-Infinity",
            "{",
            "]",
            ",",
            ":",
            '"',
            "\\",
            '"a":1,"a":1,',
            "\\u00",
            "\\ud800",
            "9" * 5000,
        ),
        *(" ", "\t", "\x0b", "\u00a0", "\ufeff", "1e999", "01", "null", "[" * 120),
    )
)


read_as_large = partial(decode_bytes, large_bytes=0)


def outcome(read: Any, given: Any) -> tuple[str, Any]:
    """Return the result of a reader of JSON: the value, or the kind and rule of the refusal."""
    try:
        return "value", json.dumps(read(given))
    except JsonRefused as refused:
        return refused.kind, refused.rule


@given(value=values, ascii_only=st.booleans(), indent=st.sampled_from((None, 1)))
def test_any_value_is_read_as_by_the_reader_of_small_json(value: Any, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001
    text = json.dumps([value, "\U0001f600"], ensure_ascii=ascii_only, indent=indent)

    assert outcome(read_as_large, text.encode()) == outcome(decode, text)


@given(value=values, piece=damage, place=st.floats(0, 1))
def test_damaged_json_is_refused_as_by_the_reader_of_small_json(value: Any, piece: str, place: float) -> None:
    text = json.dumps([value, "\U0001f600"], ensure_ascii=False)
    index = int(place * len(text))
    text = text[:index] + piece + text[index:]
    kind, found = outcome(read_as_large, text.encode())
    wanted_kind, wanted = outcome(decode, text)

    if "json_duplicate_key" in (kind, wanted_kind):  # the JSON may have other faults too
        assert "value" not in (kind, wanted_kind)
    elif kind == "string_unicode":  # the reader of small JSON accepts a lone surrogate, and the models refuse it
        assert (wanted_kind, "\\ud" in text) == ("value", True)
    elif kind == "too_deep":
        assert text.count("[") > 100
    else:
        assert (kind, found) == (wanted_kind, wanted)


@pytest.mark.parametrize(
    "body", [b'["\xff"]', b'["\xf0\x9f\x98"]', b'["\xed\xa0\x80"]', b"[" + b'"a",' * 9000 + b'"\xf0']
)
def test_a_body_that_is_not_utf_8_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        read_as_large(body + b'"\\u0041"')


def test_keys_are_counted_before_values_are_made() -> None:
    body = b'{"\xf0\x9f\x98\x80": [' + b"0," * 100 + b"0]}"

    assert read_as_large(body, 103) == {"\U0001f600": [0] * 101}
    with pytest.raises(JsonRefused, match="more than 102 keys and values"):
        read_as_large(body, 102)


def test_the_path_of_a_number_that_json_does_not_have_is_named() -> None:
    with pytest.raises(JsonRefused) as refused:
        read_as_large(b'{"a": ["\xf0\x9f\x98\x80", NaN]}')

    assert refused.value.path == ("a", 1)
