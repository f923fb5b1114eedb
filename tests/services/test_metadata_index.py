"""Fingerprints are equal if and only if keys and values are equal as JSON."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from threadkeep.inputs import decode
from threadkeep.services.metadata_index import fingerprint

_INT64 = 2**63

integers = st.integers(-_INT64, _INT64 - 1)
near_limits = st.builds(
    lambda base, offset: base + offset, st.sampled_from((2**53, -(2**53), 2**62, 10**16, 0)), st.integers(-3, 3)
)
floats = st.floats(allow_nan=False, allow_infinity=False) | integers.map(float)
leaves = st.none() | st.booleans() | integers | near_limits | floats | st.text(max_size=3)
values = st.recursive(
    leaves, lambda some: st.lists(some, max_size=2) | st.dictionaries(st.text(max_size=2), some, max_size=2)
)


def equal_as_json(one: Any, other: Any) -> bool:
    """Return whether two values are equal as JSON: numbers by their value, objects without an order."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal_as_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal_as_json, one, other))
    return type(one) in (int, float) if isinstance(other, (int, float)) and one == other else one == other


def respelled(value: Any) -> Any:
    """The same value, with each number of the other type if that type has it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return float(value) if int(float(value)) == value else value
    if isinstance(value, float):
        return int(value) if value.is_integer() and -_INT64 <= value < _INT64 else value
    if isinstance(value, dict):
        return {key: respelled(value[key]) for key in reversed(value)}
    return [respelled(member) for member in value] if isinstance(value, list) else value


@given(values)
def test_a_value_in_another_form_has_the_same_fingerprint(value: Any) -> None:
    assert fingerprint("key", respelled(value)) == fingerprint("key", value)


@given(values, values)
@example(2**53 + 1, 2.0**53)
@example(2**63 - 1, 2.0**63)
@example(1, True)
@example(0, -0.0)
def test_fingerprints_are_equal_exactly_if_the_values_are(one: Any, other: Any) -> None:
    assert (fingerprint("key", one) == fingerprint("key", other)) is equal_as_json(one, other)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """Two texts of the same whole number."""
    number = draw(integers | near_limits)
    zeros = len(str(number)) - len(str(number).rstrip("0")) if number else 0
    shift = draw(st.integers(0, zeros))
    with_exponent = f"{str(number)[: len(str(number)) - shift]}{draw(st.sampled_from(('e', 'E', 'e+')))}{shift}"
    with_fraction = f"{number}.{'0' * draw(st.integers(1, 3))}"
    with_point = (
        f"{number // 10 if number >= 0 else -(-number // 10)}.{abs(number) % 10}e1"
        if abs(number) >= 10
        else str(number)
    )
    return str(number), draw(st.sampled_from((with_exponent, with_fraction, with_point)))


@given(spellings())
@example(("9007199254740993", "9007199254740993.0"))
@example(("9223372036854775807", "9223372036854775807.0"))
@example(("-9223372036854775808", "-9223372036854775808.0"))
def test_two_texts_of_one_number_are_read_as_equal_numbers(texts: tuple[str, str]) -> None:
    one, other = map(decode, texts)

    assert one == other
    assert fingerprint("key", one) == fingerprint("key", other)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_read_as_the_nearest_double_or_exactly(number: Decimal | float) -> None:
    text = str(number)
    if not set(".eE") & set(text):
        text += ".0"
    read = decode(text.replace("E", "e"))

    if isinstance(read, int):
        assert read == Decimal(text)
        assert float(text) != read
    else:
        assert math.copysign(1, read) == math.copysign(1, float(text))
        assert read == float(text)
