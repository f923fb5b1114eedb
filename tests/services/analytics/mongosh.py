"""Reads what pages show for mongosh: `const` lines, and calls of `aggregate`, `distinct` and `find` on collections."""

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
_WORDS = {"true", "false", "null"}


@dataclass(frozen=True, slots=True)
class Call:
    """A method of a collection, and its arguments."""

    collection: str
    method: str
    arguments: list[Any]

    def run(self, database: Database[dict[str, Any]]) -> list[Any]:
        return list(getattr(database[self.collection], self.method)(*self.arguments))


@dataclass(slots=True)
class Mongosh:
    """What a block says, run on a database line by line."""

    database: Database[dict[str, Any]]
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, code: str) -> Call:
        """Set the constants, and return the call that the block is about, without making it."""
        last: Call | None = None
        for statement in statements(code):
            if statement.startswith("const "):
                for definition in split(statement.removeprefix("const ")):
                    name, _, value = definition.partition("=")
                    self.names[name.strip()] = self._value(value)
            else:
                last = self._call(statement)
        assert last is not None, "the block asks nothing"
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
    """The value of an object literal; names stand for constants."""

    def word(token: re.Match[str]) -> str:
        verbatim, date, name, colon = token.groups()
        if verbatim is not None:
            return verbatim
        if date is not None:
            return json.dumps({"$date": date})
        if colon or name in _WORDS:
            return token[0]
        return json.dumps(_worded(names[name]))

    return _dated(_parsed(_TOKEN.sub(word, text)))


@cache
def _parsed(text: str) -> Any:
    """Several tests look at each block, and a parser in plain Python takes its time."""
    return json5.loads(text)


def statements(code: str) -> list[str]:
    """The statements of a block: a new one begins with a line that is not indented and does not close a bracket."""
    lines = [re.sub(r"\s+// .*$", "", line) for line in code.splitlines()]
    return re.split(r"\n(?=[A-Za-z])", "\n".join(line for line in lines if line and not line.startswith("//")))


def split(text: str) -> list[str]:
    """The definitions of a `const` line: commas within brackets and texts do not count."""
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


def _worded(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$date": value.isoformat()}
    return value


def _dated(value: Any) -> Any:
    if isinstance(value, list):
        return [_dated(each) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"$date"}:
            return datetime.fromisoformat(value["$date"]).replace(tzinfo=None)
        return {key: _dated(each) for key, each in value.items()}
    return value
