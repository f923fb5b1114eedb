"""Reads code for mongosh: `const` lines, and calls of `aggregate`, `distinct` and `find` on collections."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import json5

if TYPE_CHECKING:
    from pymongo.database import Database

_CALL = re.compile(r"db\.(\w+)\.(aggregate|distinct|find)\((.*)\)", re.DOTALL)
_TOKEN = re.compile(r"""("(?:[^"\\]|\\.)*"|//[^\n]*)|ISODate\("([^"]+)"\)|([A-Za-z_$][\w$]*)(\s*:)?""")
_KEYWORDS = {"true", "false", "null"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method of a collection."""

    collection: str
    method: str
    arguments: list[Any]

    def run(self, database: Database[dict[str, Any]]) -> list[Any]:
        return list(getattr(database[self.collection], self.method)(*self.arguments))


@dataclass(slots=True)
class Mongosh:
    """Runs a block of code on a database, statement by statement."""

    database: Database[dict[str, Any]]
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, code: str) -> Call:
        """Set the constants, and return the last call of the block without running it."""
        last: Call | None = None
        for statement in statements(code):
            if statement.startswith("const "):
                for definition in split(statement.removeprefix("const ")):
                    name, _, value = definition.partition("=")
                    self.names[name.strip()] = self._value(value)
            else:
                last = self._call(statement)
        assert last is not None, "the block has no call"
        return last

    def _value(self, text: str) -> Any:
        if text.strip().startswith("db."):
            return self._call(text).run(self.database)
        return literal(text, self.names)

    def _call(self, text: str) -> Call:
        found = _CALL.fullmatch(text.strip())
        assert found, f"this is not a call that the tests can read: {text}"
        return Call(found[1], found[2], literal(f"[{found[3]}]", self.names))


def literal(text: str, names: dict[str, Any]) -> Any:
    """Return the value of an object literal. `names` are the values of constants."""

    def as_json(token: re.Match[str]) -> str:
        verbatim, date, name, colon = token.groups()
        if verbatim is not None:
            return verbatim
        if date is not None:
            return json.dumps({"$date": date})
        if colon or name in _KEYWORDS:
            return token[0]
        return json.dumps(_extended(names[name]))

    return _with_dates(_parsed(_TOKEN.sub(as_json, text)))


@cache
def _parsed(text: str) -> Any:
    """Parse JSON5 once for each text: several tests read each block, and the parser is slow."""
    return json5.loads(text)


def statements(code: str) -> list[str]:
    """Return the statements of a block. A statement begins with a line that is not indented and closes no bracket."""
    lines = [re.sub(r"\s+// .*$", "", line) for line in code.splitlines()]
    return re.split(r"\n(?=[A-Za-z])", "\n".join(line for line in lines if line and not line.startswith("//")))


def split(text: str) -> list[str]:
    """Return the definitions of a `const` line, split at commas outside of brackets and texts."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[({]|[\])}]|,', text):
        if found[0] in "[({":
            depth += 1
        elif found[0] in "])}":
            depth -= 1
        elif found[0] == "," and not depth:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _extended(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$date": value.isoformat()}
    return value


def _with_dates(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_dates(each) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"$date"}:
            return datetime.fromisoformat(value["$date"]).replace(tzinfo=None)
        return {key: _with_dates(each) for key, each in value.items()}
    return value
