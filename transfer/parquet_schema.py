"""The columns of an export in Parquet; what is free in form (metadata, parts, calls) is JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ..errors import StartupError
from .exporter.lines import MESSAGE, THREAD, USER, as_json

try:
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise StartupError("Parquet needs pyarrow: pip install 'threadkeep[analytics]'.") from error

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {"users": USER, "threads": THREAD, "messages": MESSAGE}
_JSON = frozenset({"meta_data", "tool_resources", "parts", "item", "attachments", "tool_calls", "incomplete_details"})
_LISTS = frozenset({"participant_ids", "tool_names"})
_WHOLE_NUMBERS = frozenset({"seq", "last_seq", "message_count", "revision"})
_DERIVED = "tool_names"


def _type(name: str) -> pa.DataType:
    if name in _LISTS:
        return pa.list_(pa.string())
    if name in _WHOLE_NUMBERS:
        return pa.int64()
    if name == "email_verified":
        return pa.bool_()
    return pa.timestamp("ms", "UTC") if name.endswith("_at") else pa.string()


def _fields(kind: str) -> tuple[str, ...]:
    """`tool_names` is for those who count calls; a call's arguments are in `tool_calls`."""
    return ("id", *KINDS[kind], *((_DERIVED,) if kind == "messages" else ()))


SCHEMAS = {kind: pa.schema([(name, _type(name)) for name in _fields(kind)]) for kind in KINDS}


def table(kind: str, rows: Sequence[Any]) -> pa.Table:
    """Stored rows as columns."""
    columns = [pa.array([_cell(row, field.name) for row in rows], field.type) for field in SCHEMAS[kind]]
    return pa.table(columns, schema=SCHEMAS[kind])


def _cell(row: dict[str, Any], name: str) -> Any:
    if name == "id":
        return row["_id"]
    if name == _DERIVED:
        return [_called(call) for call in row.get("tool_calls") or ()]
    value = row.get(name)
    return as_json(value).decode() if name in _JSON and value is not None else value


def _called(call: dict[str, Any]) -> str | None:
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None


def said(kind: str, columns: dict[str, Any]) -> dict[str, Any]:
    """A row of columns as a line of an export would say it."""
    row = {"object": kind.removesuffix("s"), **columns}
    row.pop(_DERIVED, None)
    for name in _JSON & row.keys():
        row[name] = None if row[name] is None else orjson.loads(row[name])
    return row
