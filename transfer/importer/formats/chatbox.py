"""Chatbox's export: one object, in which each session is the member `session:<id>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Broken, Conversation, grouped, place_along
from ..reading import Item
from .base import ODD_SHAPES, Format, converted, odd, text_of
from .chatbox_messages import messages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import Groups, ReadingOptions, SourceMessage
    from ..reading import JsonFile, Sample
    from .base import Found

_SESSION = "session:"
_OLD_SESSIONS = "chat-sessions"
"""The member in which old versions kept all sessions. Later ones leave it there, as it was when the sessions moved."""


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: "chat-sessions-list" in item or any(map(_is_member, item, item.values())))


def _is_member(key: str, value: Any) -> bool:
    if key == _OLD_SESSIONS:
        return isinstance(value, list) and any("messages" in one for one in value)
    return key.startswith(_SESSION) and isinstance(value, dict) and "messages" in value


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    """The sessions of the members `session:<id>`, then older ones that have no such member."""
    known: set[str] = set()
    with grouped(options.group_bounds) as old:
        for file in files:
            for item in file.items(opened=True):
                key = str(item.keys[0]) if item.keys else ""
                if key == _OLD_SESSIONS:
                    yield from _kept(item, old)
                elif (not key or key.startswith(_SESSION)) and (found := converted(item, _conversation)) is not None:
                    known |= {found.key} if isinstance(found, Conversation) else set()
                    yield found
        for key, rows in old:
            if rows is None:
                yield Broken(f"session {key!r}", "is too large: its old copies take more than 128 MiB")
            elif key not in known and (found := converted(Item(*rows[0]), _conversation)) is not None:
                yield found


def _kept(item: Item, old: Groups) -> Iterator[Broken]:
    """Keep an older session until all members are read: the file may be a stream, which can be read only once."""
    if item.fault is not None:
        yield Broken(item.location, item.fault)
    elif len(item.keys) > 1:
        try:
            old.add(str(item.value["id"]), [item.location, item.value])
        except ODD_SHAPES as error:
            yield Broken(item.location, odd(error))


def _conversation(value: Any, location: str) -> Conversation:
    settings = value.get("settings")
    found = Conversation(str(value["id"]), location, title=text_of(value.get("name")))
    found.model = text_of(settings.get("modelId")) if isinstance(settings, dict) else None
    parents: dict[str, str | None] = {}
    messages: dict[str, list[SourceMessage]] = {}
    shown = _shown(value)
    found.created_at = next((source["timestamp"] for source, _ in shown if source.get("timestamp")), None)
    leaf: str | None = None
    for index, (source, thread) in enumerate(shown):
        name = str(source.get("id") or index)
        name = name if name not in parents else f"{name}\0{index}"
        parents[name] = leaf
        is_last = index == len(shown) - 1
        messages[name] = messages_of(source, found, thread, is_last=is_last)
        leaf = name
    for fork_id, fork in (value.get("messageForksHash") or {}).items():
        for branch in fork["lists"]:
            above = fork_id
            for source in branch["messages"]:
                name = str(source["id"])
                if name not in parents:  # the list of the shown branch is empty, or an old copy
                    parents[name], messages[name] = above, messages_of(source, found, None)
                above = name
    place_along(found, parents, leaf, messages)
    return found


def _shown(value: dict[str, Any]) -> list[tuple[dict[str, Any], str | None]]:
    """The messages as Chatbox shows them: those of older threads of the session, then the current ones. Each has its thread."""
    threads = [(one["messages"], text_of(one.get("name"))) for one in value.get("threads") or ()]
    current = text_of(value.get("threadName")) if threads else None
    return [(source, name) for sources, name in [*threads, (value["messages"], current)] for source in sources]


FORMAT = Format(
    name="chatbox",
    title="Chatbox",
    obtain="In Chatbox: Settings, General, Data backup, Chat history, Export selected data.",
    keys=frozenset({"chat-sessions-list", "chat-sessions", "settings", "myCopilots", "configVersion", "__exported_at"}),
    recognise=_recognise,
    conversations=_conversations,
)
