"""Sessions of Codex: JSON Lines in `~/.codex/sessions`, one file for each session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Broken, Conversation, bookkeeping, grouped
from .base import ODD_SHAPES, Format, odd, text_of
from .grouped_rows import added
from .response_items import message_of_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import ReadingOptions, SourceMessage
    from ..reading import JsonFile, Sample
    from .base import Found

_ENVELOPES = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted"})


def _recognise(sample: Sample) -> float:
    in_envelopes = sample.likeness(0.95, lambda item: item["type"] in _ENVELOPES and isinstance(item["payload"], dict))
    first = sample.objects()[:1]
    bare = first and {"id", "timestamp", "instructions"} <= first[0].keys() and "type" not in first[0]
    return max(in_envelopes, 0.92 if bare else 0)


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    """Each file is a session."""
    with grouped(options.group_bounds) as groups:
        for index, file in enumerate(files):
            for item in file.items():
                if item.fault is not None:
                    yield Broken(item.location, item.fault)
                else:
                    yield from added(groups, str(index), item)
        for _index, rows in groups:
            if rows is None:
                yield Broken("a session", "is too large: its messages take more than 128 MiB")
            else:
                yield from _session(rows)


def _session(lines: list[Any]) -> Iterator[Found]:
    found = Conversation("", lines[0][0])
    for number, (location, line) in enumerate(lines, 1):
        try:
            found.messages += _messages(line, number, found)
        except ODD_SHAPES as error:
            yield Broken(location, odd(error))
    yield found if found.key else Broken(found.location, "the session has no id: its first line is missing")


def _messages(line: dict[str, Any], number: int, found: Conversation) -> list[SourceMessage]:
    kind, payload = line.get("type"), line.get("payload")
    moment = line.get("timestamp")
    if kind == "session_meta" or (kind is None and "id" in line):
        facts = payload if isinstance(payload, dict) else line
        found.key = found.key or str(facts["id"])
        found.created_at = found.created_at or facts.get("timestamp") or moment
        found.meta_data = {name: facts[name] for name in ("cwd", "cli_version") if text_of(facts.get(name))}
        return []
    if kind == "turn_context":
        found.model = text_of((payload or {}).get("model")) or found.model
        return []
    if kind == "compacted":
        message = bookkeeping(f"line/{number}", "codex.compaction", {}, str((payload or {}).get("message") or ""))
    elif kind == "response_item" or kind not in (*_ENVELOPES, None):
        item = payload if kind == "response_item" and isinstance(payload, dict) else line
        message = message_of_item(item, str(item.get("id") or f"line/{number}"))
    else:  # events repeat the items for the screen
        return []
    message.created_at = moment
    return [message]


FORMAT = Format(
    name="codex",
    title="Codex",
    obtain="The files and folders in ~/.codex/sessions on your machine.",
    keys=frozenset({"timestamp", "type", "payload"}),
    recognise=_recognise,
    conversations=_conversations,
)
