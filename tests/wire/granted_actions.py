"""The actions that docs/mongodb.md grants, and the actions that a command needs by MongoDB's manual."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import json5

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from threadkeep.tests.wire.messages import Body

_PAGE = Path(__file__).parents[2] / "docs" / "mongodb.md"
_BLOCK = re.compile(r"^```javascript\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CONSTANT = re.compile(r"^const (\w+) = (.+?);?$", re.MULTILINE)
_ROLE = re.compile(r"createRole\((\{.*?\n *\})\)", re.DOTALL)

_ACTIONS = {
    "aggregate": "find",
    "count": "find",
    "distinct": "find",
    "find": "find",
    "getMore": "find",
    "insert": "insert",
    "delete": "remove",
    "create": "createCollection",
    "createIndexes": "createIndex",
    "collMod": "collMod",
    "drop": "dropCollection",
    "listCollections": "listCollections",
    "listIndexes": "listIndexes",
}
_OF_STAGES = {"$currentOp": "inprog", "$collStats": "collStats", "$indexStats": "indexStats", "$out": "$out"}
_OF_STAGES |= {"$merge": "$merge"}
WITHOUT_PRIVILEGE = frozenset(
    {
        "abortTransaction",
        "commitTransaction",
        "endSessions",
        "hello",
        "killCursors",  # users may always kill their own cursors
        "killSessions",  # and their own sessions
        "ping",
    }
)


def granted(role: str) -> frozenset[str]:
    """Return the actions of a role of the page, without those that it inherits."""
    return frozenset(action for privilege in _roles()[role]["privileges"] for action in privilege["actions"])


def inherited(role: str) -> list[str]:
    """Return the roles of which a role has the actions too."""
    return list(_roles()[role]["roles"])


def needed(body: Body) -> frozenset[str]:
    """Return the actions that a command needs. Raises `KeyError` for a command that this module does not know."""
    name = next(iter(body))
    if name in WITHOUT_PRIVILEGE:
        return frozenset()
    if name == "explain":
        return needed(body["explain"])
    found = frozenset(_actions(name, body))
    return found | {"bypassDocumentValidation"} if body.get("bypassDocumentValidation") else found


def databases(body: Body) -> set[str]:
    """Return the databases that a command touches."""
    return {one["ns"].partition(".")[0] for one in body.get("nsInfo", ())} or {body["$db"]}


def _actions(name: str, body: Body) -> Iterator[str]:
    if name == "findAndModify":
        yield "find"
        yield from ["remove"] if body.get("remove") else _of_updates([body])
    elif name == "update":
        yield from _of_updates(body["updates"])
    elif name == "bulkWrite":
        for operation in body["ops"]:
            kind = next(iter(operation))
            yield from _of_updates([operation]) if kind == "update" else [_ACTIONS[kind]]
    else:
        yield _ACTIONS[name]
        yield from (_OF_STAGES[key] for stage in body.get("pipeline", ()) for key in stage if key in _OF_STAGES)


def _of_updates(updates: Iterable[Body]) -> Iterator[str]:
    for update in updates:
        yield "update"
        if update.get("upsert"):
            yield "insert"


def _roles() -> dict[str, dict[str, Any]]:
    """Return the arguments of `createRole` in the block about the service, by the name of the role."""
    blocks = _BLOCK.findall(_PAGE.read_text(encoding="utf-8"))
    (block,) = (block for block in blocks if "threadkeepService" in block)
    constants = [*_CONSTANT.findall(block)]
    found = {}
    for text in _ROLE.findall(block):
        for name, value in reversed(constants):  # a constant may contain an earlier one
            text = re.sub(rf": {name}\b", f": {value}", text)  # noqa: PLW2901
        role = json5.loads(text)
        found[role["role"]] = role
    return found
