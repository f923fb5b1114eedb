"""Sessions of Claude Code: JSON Lines in `~/.claude/projects`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, Tree, bookkeeping, merged, numbered, place_along
from .base import Format, name_of, text_of
from .blocks import Blocks
from .grouped_rows import each_group

if TYPE_CHECKING:
    from ..reading import Sample

_SAID = frozenset({"user", "assistant"})
_TITLES = {"summary": "summary", "ai-title": "aiTitle", "custom-title": "customTitle"}


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: "sessionId" in item and "parentUuid" in item and "uuid" in item)


def _rows(line: dict[str, Any]) -> list[tuple[str, Any]]:
    """The line with its session. Snapshots of files and states of the program belong to none."""
    kind = line["type"]
    if kind in _TITLES:
        return [(str(line["sessionId"]), line)] if line.get("sessionId") else []
    return [(str(line["sessionId"]), line)] if kind in _SAID or kind == "system" else []


def _conversation(session: str, lines: list[Any], location: str) -> Conversation:
    found = Conversation(session, location)
    blocks = Blocks("claude-code")
    messages: dict[str, list[SourceMessage]] = {}
    parents: dict[str, str | None] = {}
    leaf: str | None = None
    for line in lines:
        if line["type"] in _TITLES:
            found.title = text_of(line.get(_TITLES[line["type"]])) or found.title
            continue
        name = str(line["uuid"]) or f"line {len(parents)}"
        messages[name] = _messages(name, line, blocks, found)
        parents[name] = line.get("parentUuid") or line.get("logicalParentUuid")
        if line["type"] in _SAID and not line.get("isSidechain"):
            leaf = name
    path = _with_results(Tree.of(parents).path_to(leaf), messages) if leaf is not None else []
    parents |= {after: before for before, after in pairwise(path)}
    place_along(found, parents, path[-1] if path else None, messages)
    models = [one.meta_data["model"] for one in found.messages if "model" in one.meta_data]
    found.model = models[-1] if models else None
    return found


def _with_results(path: list[str], messages: dict[str, list[SourceMessage]]) -> list[str]:
    """The active path with the results of parallel calls. These hang on their calls, so all but one stand beside the path."""
    order = {name: place for place, name in enumerate(messages)}
    calls = {row.item["call_id"] for name in path for row in messages[name] if row.type == "function_call" and row.item}
    on_path = set(path)
    beside = [
        name
        for name, rows in messages.items()
        if name not in on_path and rows and all(row.tool_call_id in calls for row in rows)
    ]
    return merged(path, beside, order.__getitem__, -1)


def _messages(name: str, line: dict[str, Any], blocks: Blocks, found: Conversation) -> list[SourceMessage]:
    message = line.get("message") or {}
    content = message.get("content", line.get("content"))
    if line.get("isMeta"):
        found.left_out["hidden"] += 1
        return []
    if line["type"] == "system" or line.get("isCompactSummary"):
        kind = "compaction" if line.get("isCompactSummary") else "system"
        rows = [
            bookkeeping(name, f"claude-code.{kind}", {"content": content}, content if isinstance(content, str) else "")
        ]
    else:
        rows = blocks.of(name, line["type"], content if isinstance(content, list) else [str(content or "")])
    for row in rows:
        row.created_at = line.get("timestamp")
        if model := name_of(message.get("model")):
            row.meta_data = {**row.meta_data, "model": model}
    if not rows:
        found.left_out["empty"] += 1
    return numbered(name, rows)


FORMAT = Format(
    name="claude-code",
    title="Claude Code",
    obtain="The files and folders in ~/.claude/projects on your machine.",
    keys=frozenset({"sessionId", "parentUuid", "uuid", "type", "message", "cwd", "gitBranch", "isSidechain"}),
    recognise=_recognise,
    conversations=each_group(_rows, _conversation),
)
