"""The files and columns of an export in Parquet. Values without a fixed shape (metadata, parts, calls) are JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra
from ..history import call_of_item
from .export_format import MESSAGE, THREAD, USER, as_json

try:
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise MissingExtra("Parquet", "analytics", error.name) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

MANIFEST = "export.json"
"""The file with the header and the counts of an export. The exporter writes it last."""

KINDS = {"users": USER, "threads": THREAD, "messages": MESSAGE}
_JSON = frozenset(
    {"meta_data", "tool_resources", "parts", "item", "attachments", "tool_calls", "incomplete_details", "covers"}
)
_LISTS = frozenset({"participant_ids", "tool_names", "labels"})
_WHOLE_NUMBERS = frozenset({"seq", "last_seq", "message_count", "revision"})
_FLAGS = frozenset({"email_verified", "archived", "pinned"})
_DERIVED = "tool_names"
_MOST_DIGITS = 9


def derived(kind: str) -> tuple[str, ...]:
    """Return the columns that an import does not read."""
    return (_DERIVED,) if kind == "messages" else ()


def _type(name: str) -> pa.DataType:
    if name in _LISTS:
        return pa.list_(pa.string())
    if name in _WHOLE_NUMBERS:
        return pa.int64()
    if name in _FLAGS:
        return pa.bool_()
    return pa.timestamp("ms", "UTC") if name.endswith("_at") else pa.string()


def _fields(kind: str) -> tuple[str, ...]:
    """Return the columns. `tool_names` is derived, so that queries count calls without parsing `tool_calls`."""
    return ("id", *KINDS[kind], *derived(kind))


SCHEMAS = {kind: pa.schema([(name, _type(name)) for name in _fields(kind)]) for kind in KINDS}


def table(kind: str, rows: Sequence[Any]) -> pa.Table:
    """Return stored rows as a table with the columns of their kind."""
    columns = [pa.array([_cell(row, field.name) for row in rows], field.type) for field in SCHEMAS[kind]]
    return pa.table(columns, schema=SCHEMAS[kind])


def _cell(row: dict[str, Any], name: str) -> Any:
    if name == "id":
        return row["_id"]
    if name == _DERIVED:
        return [_tool_name(call) for call in _calls(row)]
    value = row.get(name)
    return as_json(value).decode() if name in _JSON and value is not None else value


def _calls(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tool calls of a message. Older versions stored the call of an item in the item only."""
    if row.get("tool_calls") is None and isinstance(row.get("item"), dict):
        call = call_of_item(row["type"], row["item"])
        return [] if call is None else [call]
    return row.get("tool_calls") or []


def _tool_name(call: dict[str, Any]) -> str | None:
    found = call.get("function") or call.get("custom")
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def line_values(kind: str, columns: dict[str, Any], parse: Callable[[bytes], Any]) -> dict[str, Any]:
    """Return one row of a table as the values of a line of a JSON Lines export. `parse` reads its JSON."""
    row = {"object": kind.removesuffix("s"), **columns}
    row.pop(_DERIVED, None)
    for name in _JSON & row.keys():
        row[name] = None if row[name] is None else parse(row[name].encode())
    return row


def parts(path: Path, kind: str) -> Iterator[Path]:
    """Yield the complete Parquet files of one kind, in the order of their numbers."""
    yield from sorted(filter(part_number, (path / kind).glob("part-*.parquet")), key=part_number)


def part_name(number: int) -> str:
    """Return the name of the file of a part."""
    return f"part-{number:05d}.parquet"


def part_number(file: Path) -> int:
    """Return the number of the part that a file holds; 0 for a file that an export did not write."""
    digits = file.name.removeprefix("part-").partition(".")[0]
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else 0
