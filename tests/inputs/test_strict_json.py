from __future__ import annotations

import time

import pytest

from threadkeep.inputs.strict_json import JsonRefused, decode


def test_the_first_key_that_occurs_twice_is_named() -> None:
    with pytest.raises(JsonRefused, match="'b' occurs twice") as refused:
        decode('{"a": 1, "b": 1, "c": 1, "c": 1, "b": 1}')

    assert refused.value.kind == "json_duplicate_key"


def test_many_different_keys_before_a_duplicate_key_are_read_in_linear_time() -> None:
    keys = 200_000  # comparing each key with all others would take minutes
    text = "{" + ",".join(f'"k{number}":1' for number in range(keys)) + f',"k{keys - 1}":1}}'
    began = time.process_time()

    with pytest.raises(JsonRefused, match=f"'k{keys - 1}' occurs twice"):
        decode(text)

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a": [0, NaN]}', ("a", 1)),
        ('{"a": -Infinity, "b": NaN}', ("a",)),
        ('{"a": "NaN", "b": [{"c": ' + "9" * 5000 + "}]}", ("b", 0, "c")),
        ("NaN", ()),
        ('{"a": NaN', ()),
    ],
)
def test_a_number_that_json_does_not_have_is_refused_with_its_path(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(JsonRefused) as refused:
        decode(text)

    assert refused.value.path == path
