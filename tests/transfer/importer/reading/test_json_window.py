"""Any JSON is read as `json.loads` reads it, in pieces of any size. Damage costs only the damaged value."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from threadkeep.transfer.importer.reading import COMMAND_BOUNDS, Unreadable, ValueBounds
from threadkeep.transfer.importer.reading.json_window import JsonWindow
from threadkeep.transfer.importer.reading.sample import closed, sample_of_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
CHUNKS = st.integers(1, 9)
few = settings(max_examples=30, deadline=None, database=None)


def window(text: str, chunk: int = 1024, bounds: ValueBounds = COMMAND_BOUNDS) -> JsonWindow:
    return JsonWindow(io.BytesIO(text.encode("utf-8", "surrogateescape")), bounds, chunk)


def elements(text: str, chunk: int = 1024) -> list[Any]:
    """The elements of an array; `…` for each that cannot be read."""
    found: list[Any] = []
    reader = window(text, chunk)
    try:
        for _ in reader.items():
            try:
                found.append(reader.value().value)
            except Unreadable:
                found.append(...)
                reader.skip()
    except Unreadable:
        found.append("end")
    return found


@few
@given(st.lists(JSON, max_size=6), CHUNKS, st.booleans(), st.sampled_from([None, 1]))
def test_elements_are_those_of_the_text(values: list[Any], chunk: int, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001
    assert elements(json.dumps(values, ensure_ascii=ascii_only, indent=indent), chunk) == values


@few
@given(st.dictionaries(TEXT, JSON, max_size=5), CHUNKS)
def test_members_are_those_of_the_object(value: dict[str, Any], chunk: int) -> None:
    reader = window(json.dumps(value), chunk)

    assert {key: reader.value().value for key in reader.members()} == value


@few
@given(st.lists(JSON, max_size=5), st.integers(0, 5), CHUNKS)
def test_a_damaged_element_costs_itself(values: list[Any], place: int, chunk: int) -> None:
    texts = [json.dumps(value) for value in values]
    texts.insert(min(place, len(texts)), '{"a": [1, oops, "]"], "b": {}}')

    expected: list[Any] = [*values]
    expected.insert(min(place, len(values)), ...)
    assert elements(f"[{', '.join(texts)}]", chunk) == expected


@few
@given(st.lists(JSON, min_size=1, max_size=5), st.data(), CHUNKS)
def test_a_file_that_was_cut_off_gives_the_values_before_the_cut(
    values: list[Any], data: st.DataObject, chunk: int
) -> None:
    text = json.dumps(values)
    found = elements(text[: data.draw(st.integers(1, len(text) - 1))], chunk)

    complete = [one for one in found if one is not ... and one != "end"]
    assert found[-1] in (..., "end") or complete[-1:] == found[-1:]
    # A number may be cut into another number.
    assert complete[:-1] == values[: max(len(complete) - 1, 0)]


@few
@given(JSON, st.data())
@example({"a": 'x\\"y', "b": [1, {"c": None}]}, None)
def test_any_beginning_of_a_value_can_be_closed(value: Any, data: st.DataObject | None) -> None:
    text = json.dumps([value])
    cuts = range(1, len(text)) if data is None else [data.draw(st.integers(1, len(text)))]

    for cut in cuts:
        json.loads(closed(text[:cut]))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "too many digits"),
        ('{"a": 1', "cut off"),
        ('"abc', "cut off"),
        ("\n\n{'a': 1}", "not JSON: Expecting property name enclosed in double quotes, at line 3"),
        ('"' + "x" * 300 + '"', "holds more than 100 characters"),
        ('"a\udcff"', "not UTF-8"),
    ],
)
def test_the_fault_of_an_unreadable_value_is_named(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        window(text, 64, ValueBounds(100 if "100" in reason else 10_000_000)).value()


def test_lone_surrogates_are_replaced_and_counted_and_pairs_are_kept() -> None:
    found = window(r'{"\ud800": ["\udc00x", "\ud83d\ude00", "\uFFFD"]}').value()

    assert found.value == {"\ufffd": ["\ufffdx", "😀", "\ufffd"]}
    assert found.replaced == 2


def test_extended_json_becomes_plain_json() -> None:
    value = {
        "_id": {"$oid": "65f000000000000000000001"},
        "at": [{"$date": "2026-03-01T10:00:00Z"}, {"$date": 1000}, {"$date": {"$numberLong": "1000"}}],
        "n": [{"$numberInt": "5"}, {"$numberLong": "5000000000"}, {"$numberDouble": "1.5"}, {"$numberLong": "x"}],
        "other": {"$date": [1]},
    }

    assert window(json.dumps(value)).value().value == {
        "_id": "65f000000000000000000001",
        "at": ["2026-03-01T10:00:00Z", "1970-01-01T00:00:01+00:00", "1970-01-01T00:00:01+00:00"],
        "n": [5, 5_000_000_000, 1.5, {"$numberLong": "x"}],
        "other": {"$date": [1]},
    }


def test_a_sample_has_the_first_members_of_a_cut_value() -> None:
    text = json.dumps([{"title": "x", "mapping": {"a": {"message": "y" * 1000}}}])
    sample = sample_of_text(text[:60], is_cut=True)

    assert sample.items == [{"title": "x", "mapping": {"a": {"message": None}}}]
    assert (sample.is_cut, sample.has_lines, sample.fault) == (True, False, None)
