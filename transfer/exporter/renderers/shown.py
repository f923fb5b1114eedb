"""The parts of a message that people read, without the marks of a format. Markdown and HTML show them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ....history import entries_of
from .base import minutes, text_pieces

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from ....documents import MessageRow
    from ....history import Entry

_NAMES = {
    "user": "User",
    "assistant": "Assistant",
    "system": "Instructions",
    "developer": "Instructions",
    "platform": "Instructions",
    "tool": "Tool",
}


@dataclass(slots=True)
class Shown:
    """One entry of a message."""

    kind: Literal["words", "call", "output", "reasoning"]
    title: str
    """The role of the sender, or the kind of the entry."""
    by: str
    """The id of the sender or assistant; empty if none is known."""
    time: str
    """In UTC: 2026-01-05 10:00."""
    text: str
    images: list[str] = field(default_factory=list)
    """URLs of images, also URLs that no page can show."""
    files: list[str] = field(default_factory=list)
    """The names of files that the message names."""
    is_unfinished: bool = False


def shown(row: MessageRow, left_out: Counter[str]) -> Iterator[Shown]:
    """The entries of a message that people read. Bookkeeping is counted in `left_out`."""
    for index, entry in enumerate(entries_of(row)):
        if entry.kind == "other":
            left_out["bookkeeping items"] += 1
        else:
            yield _shown(entry, is_first=not index)


def _shown(entry: Entry, *, is_first: bool) -> Shown:
    row = entry.stored
    title, text, images, files = _facts(entry)
    if is_first:
        files += [
            str(one.get("name") or one.get("file_id")) for one in row.get("attachments") or () if isinstance(one, dict)
        ]
    return Shown(
        {"call": "call", "output": "output", "reasoning": "reasoning"}.get(entry.kind, "words"),  # type: ignore[arg-type]
        title,
        _by(row),
        minutes(row["created_at"]),
        text,
        images,
        files,
        is_unfinished=row.get("status") in ("incomplete", "in_progress"),
    )


def _by(row: Mapping[str, Any]) -> str:
    """The id of the sender or assistant, unless it only repeats the role."""
    found = row.get("sender_id") or row.get("assistant_id")
    return found if isinstance(found, str) and found != row["role"] else ""


def _facts(entry: Entry) -> tuple[str, str, list[str], list[str]]:
    """The title, the text, the images and the files of an entry."""
    if entry.kind == "call":
        return f"Call of {_call_name(entry)}", _call_text(entry), [], []
    texts, others = text_pieces(entry.content)
    images = [piece.fields["url"] for piece in others if piece.kind == "image" and "url" in piece.fields]
    files = [
        piece.fields.get("filename") or piece.fields.get("file_id") or piece.kind
        for piece in others
        if "url" not in piece.fields
    ]
    text = "\n\n".join(texts)
    if entry.kind == "output":
        name = entry.stored.get("tool_id")
        return f"Output of {name}" if name else "Output", text, images, files
    if entry.kind == "reasoning":
        return "Reasoning", str(entry.stored["content"]) or text, images, files
    return _NAMES.get(entry.role, "Unknown"), text, images, files


def _call_name(entry: Entry) -> str:
    call: dict[str, Any] = entry.call or {}
    inner = call.get("function") or call.get("custom") or {}
    return str(inner.get("name") or call.get("type") or "a tool")


def _call_text(entry: Entry) -> str:
    call: dict[str, Any] = entry.call or {}
    inner = call.get("function") or call.get("custom") or {}
    return str(entry.stored["content"] if entry.is_hosted else inner.get("arguments", inner.get("input", "")))
