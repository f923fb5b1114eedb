"""Reads docs/analytics.md: the questions, the code for mongosh, the sample answers and the indexes of each cost."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadkeep.tests.docs.outputs import Command, commands_of, console_block

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = Path(__file__).resolve().parents[3] / "docs" / "analytics.md"
PAGE = PATH.read_text(encoding="utf-8")
_COMMANDS = re.compile(r"(?<=test_cookbook\.py` does the same -->\n```console\n)(.*?)(?=```)", re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^<!-- question: (\w+) -->$", re.MULTILINE)
_INDEX = re.compile(r"index `(\w+)\.([\w.-]+)`")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One question of the page."""

    name: str
    heading: str
    code: str
    sample: list[dict[str, Any]]
    cost: str

    @property
    def indexes(self) -> list[tuple[str, str]]:
        """The collections and indexes that the cost names. The first one serves the first stage."""
        return _INDEX.findall(self.cost)


def recipes() -> dict[str, Recipe]:
    """Return the questions of the page by the identifiers in the comments below their headings."""
    found = {}
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        name = _NAME.search(text)
        blocks = dict(_BLOCK.findall(text))
        cost = re.search(r"^\*\*Cost\.\*\* (.*?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
        if name and cost:
            found[name[1]] = Recipe(name[1], heading, blocks["javascript"], json.loads(blocks["json"]), cost[1])
    return found


def as_json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as the page shows them: dates in ISO 8601."""

    def as_text(value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")

    return [{name: as_text(value) for name, value in row.items()} for row in rows]


def sample_commands() -> list[Command]:
    """Return the commands that make the database of the samples, with the outputs that the page shows."""
    found = _COMMANDS.search(PAGE)
    assert found is not None
    return commands_of(found[0])


def record_commands(outputs: Sequence[str]) -> None:
    """Write the outputs of the commands into the page."""
    block = console_block(sample_commands(), outputs)
    PATH.write_text(_COMMANDS.sub(lambda _: block, PATH.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def record_sample(name: str, rows: list[dict[str, Any]]) -> None:
    """Write the first rows of an answer into the page, one in each line."""
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
    sample = re.compile(rf"(<!-- question: {name} -->.*?```json\n)(.*?)(?=```)", re.DOTALL)
    page = PATH.read_text(encoding="utf-8")
    PATH.write_text(sample.sub(lambda found: f"{found[1]}[\n{lines}\n]\n", page, count=1), encoding="utf-8")
