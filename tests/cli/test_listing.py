"""Lists on a terminal, in a pipe and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.cli.listing import Column, fields, print_list, table
from threadkeep.cli.terminal import say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: tuple[Column[dict[str, Any]], ...] = (*fields("id", "active"), Column("name", lambda row: row["name"], True))
CONTROL = "\x00\x07\x1b[2J\r\n\t\x7f\x9b31m\u202e\u2028\u200b"
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(st.sampled_from("abc_0123456789"), min_size=1, max_size=60),
            "active": st.booleans() | st.none(),
            "name": st.text(st.sampled_from(f"aé漢🎉 {CONTROL}") | st.characters(), max_size=300),
        }
    ),
    max_size=4,
)


def printed(rows: Sequence[dict[str, Any]], capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    capsys.readouterr()
    print_list(rows, COLUMNS, as_json=as_json)
    return capsys.readouterr().out


@given(rows=ROWS)
def test_a_table_shows_ids_whole_and_obeys_no_name(rows: list[dict[str, Any]]) -> None:
    heading, *lines = table(rows, COLUMNS)

    assert heading.split() == ["id", "active", "name"]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert line.startswith(row["id"])
        assert all(
            character.isprintable() or character in "\u200c\u200d\xa0" or character.isspace() for character in line
        )
        assert not set(line) & {*CONTROL} - {"[", "2", "J", "3", "1", "m"}


class TestPipes:
    """Output that a program reads."""

    ROW = {"id": "tk_12345678", "active": True, "name": f"Ada{CONTROL}" + "x" * 1000}  # noqa: RUF012

    def test_each_record_is_one_line_of_whole_cells(self, capsys: pytest.CaptureFixture[str]) -> None:
        (line,) = printed([self.ROW], capsys).splitlines()

        assert line.split("\t")[:2] == ["tk_12345678", "yes"]
        assert line.endswith("x" * 1000)
        assert "".join(line.split("\t")).isprintable()

    def test_json_is_the_record_and_obeys_no_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        (line,) = printed([self.ROW], capsys, as_json=True).splitlines()

        assert json.loads(line) == self.ROW
        assert line.isprintable()

    def test_no_records_are_no_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert printed([], capsys) == printed([], capsys, as_json=True) == ""


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_json(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("typer.echo", lines.append)
        say_json({"text": text})

    assert json.loads(lines[0]) == {"text": text}
    assert lines[0].isprintable()
