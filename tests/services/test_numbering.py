"""The beginning of a thread has anchors, by which windows find it."""

from __future__ import annotations

from typing import Any

import pytest

from threadkeep.context import MOST_INSTRUCTIONS, beginning_of
from threadkeep.documents import ANCHOR_OF_BEGINNING, ANCHOR_OF_PINNED
from threadkeep.services.appends import number_rows

BEGINNING = ANCHOR_OF_BEGINNING


def rows_of(roles: str, **fields: Any) -> list[Any]:
    """Return a row for each letter: s of the system, u of the user, r reasoning."""
    kinds = {"s": ("message", "system"), "u": ("message", "user"), "r": ("reasoning", "assistant")}
    return [{"type": kinds[letter][0], "role": kinds[letter][1], **fields} for letter in roles]


@pytest.mark.parametrize(
    ("roles", "anchored"),
    [("", 0), ("u", 1), ("uuuu", 2), ("su", 2), ("suuu", 2), ("sssuu", 4), ("sr", 2), ("s" * 16 + "uu", 17)],
)
def test_the_instructions_and_the_message_behind_them_have_anchors(roles: str, anchored: int) -> None:
    rows = rows_of(roles)

    number_rows(rows, 0)

    assert [row.get("anchor") for row in rows] == [BEGINNING] * anchored + [None] * (len(rows) - anchored)


@pytest.mark.parametrize(("last_seq", "roles"), [(2, "u"), (MOST_INSTRUCTIONS + 1, "s"), (1_000, "su")])
def test_other_messages_have_no_anchors(last_seq: int, roles: str) -> None:
    rows = rows_of(roles)

    number_rows(rows, last_seq)

    assert [row["seq"] for row in rows] == [*range(last_seq + 1, last_seq + len(roles) + 1)]
    assert not any("anchor" in row for row in rows)


def test_a_message_whose_number_was_taken_loses_its_anchor() -> None:
    rows = rows_of("su")

    number_rows(rows, 0)
    number_rows(rows, 30)

    assert not any("anchor" in row for row in rows)


def test_pinned_messages_and_summaries_keep_their_anchors() -> None:
    rows = rows_of("u", anchor=ANCHOR_OF_PINNED)

    number_rows(rows, 0)
    number_rows(rows, 30)

    assert rows[0]["anchor"] == ANCHOR_OF_PINNED


@pytest.mark.parametrize(
    ("roles", "numbers", "known"),
    [
        ("u", [1], 1),
        ("su", [1, 2], 2),
        ("suu", [1, 2, 9], 2),
        ("s" * 17, [*range(1, 18)], 16),
        ("s", [1], None),
        ("su", [1, 3], None),
        ("u", [2], None),
        ("", [], None),
    ],
)
def test_the_beginning_is_known_if_its_numbers_have_no_gap(roles: str, numbers: list[int], known: int | None) -> None:
    rows = [{**row, "seq": seq} for row, seq in zip(rows_of(roles), numbers, strict=True)]

    found = beginning_of(reversed(rows))

    assert (None if found is None else len(found)) == known
