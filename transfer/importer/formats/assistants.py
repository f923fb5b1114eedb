"""Dumps of OpenAI's Assistants API, of any shape: threads, messages, runs and run steps, in pages, lists, lines or maps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..conversations import CUT_LIST, ORDER_ASSUMED, Broken, Conversation, Listed, Note, grouped, oldest_first
from ..report import MOST_NOTES
from .assistants_messages import is_flat, is_said, message_of
from .assistants_steps import with_steps
from .base import ODD_SHAPES, Format, odd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import Groups, ReadingOptions
    from ..reading import Item, JsonFile, Sample
    from .base import Found

_BUNDLES = frozenset({"messages", "runs", "steps", "run_steps", "threads", "data"})
_OBJECTS = frozenset({"thread", "thread.message", "thread.run", "thread.run.step"})


def _recognise(sample: Sample) -> float:
    return max(
        sample.likeness(0.95, lambda item: any(_is_ours(one) for one in _samples(item))),
        sample.likeness(0.85, lambda item: is_flat(item) and "thread_id" in item),
    )


def _is_ours(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("object") in _OBJECTS - {"thread"} or (value.get("object") == "thread" and "metadata" in value)


def _samples(item: dict[str, Any]) -> list[Any]:
    """The item, and the first values in it."""
    found: list[Any] = [item]
    for value in item.values():
        inner = value.get("data") if isinstance(value, dict) and isinstance(value.get("data"), list) else value
        found += inner[:1] if isinstance(inner, list) else [inner]
    return found


@dataclass(slots=True)
class _Walk:
    """Walks through the values of a dump, and gives each thread its rows: kind, place and value.

    `number` counts the lists: rows of one list stand in its order, and lists of one thread may stand in any order.
    """

    groups: Groups
    notes: list[Note] = field(default_factory=list)
    lists: int = 0

    def item(self, item: Item) -> str | None:
        """Take a value of a file. If it cannot be read, return the reason."""
        try:
            self._item(item)
        except ODD_SHAPES as error:
            return odd(error)
        return None

    def _item(self, item: Item) -> None:
        """A member of an opened object that is a list comes element by element."""
        key = str(item.keys[0]) if item.keys else ""
        if len(item.keys) == 1 and item.value is None:
            self.lists += 1
        if key == "has_more" and item.value is True:
            self._note_cut(item.location)
        elif isinstance(item.value, (dict, list)):
            thread_id = "" if key in _BUNDLES or not key else key
            self.value(item.value, item.location, thread_id, is_page=key == "data")

    def value(self, value: Any, location: str, thread_id: str = "", *, is_page: bool = False) -> None:
        """Take a value: a list, a page, a message, or an object that holds them."""
        if isinstance(value, list):
            self.lists += 1
            for one in value:
                self.value(one, location, thread_id, is_page=is_page)
            return
        if not isinstance(value, dict):
            raise TypeError(f"{value!r:.40} stands where a thread or message should be")
        kind = value.get("object")
        if kind == "list" or ("data" in value and "has_more" in value):
            self._page(value, location, thread_id)
        elif kind in _OBJECTS and kind != "thread":
            self._row(str(kind), value, location, thread_id, is_page=is_page)
        elif is_flat(value):
            self._row("thread.message", value, location, thread_id, is_page=is_page)
        elif "thread_id" in value and is_said(value):
            raise ValueError("it has a text, and no `role`")
        else:
            self._bundle(value, location, thread_id)

    def _page(self, page: dict[str, Any], location: str, thread_id: str) -> None:
        if page.get("has_more") is True:
            self._note_cut(location)
        self.lists += 1
        for one in page.get("data") or ():
            self.value(one, location, thread_id, is_page=True)
        self.lists += 1

    def _note_cut(self, location: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(Note(location, CUT_LIST))

    def _bundle(self, value: dict[str, Any], location: str, thread_id: str) -> None:
        """A thread with its messages, lists beside each other, or lists by thread id."""
        inner = value.get("thread")
        thread = inner if isinstance(inner, dict) else value
        own = {name: one for name, one in thread.items() if name not in _BUNDLES}
        is_thread = value.get("object") == "thread" or thread is not value or {"id", "thread_id"} & own.keys()
        if is_thread:
            thread_id = str(own.get("id") or own.get("thread_id") or thread_id)
            self._row("thread", own, location, thread_id)
        for name, one in value.items():
            if name in _BUNDLES and isinstance(one, (dict, list)):
                self.value(one, location, thread_id)
            elif not is_thread and isinstance(one, (dict, list)) and name != "metadata":
                self.value(one, location, name)

    def _row(self, kind: str, value: dict[str, Any], location: str, thread_id: str, *, is_page: bool = False) -> None:
        key = str(value.get("thread_id") or (thread_id if kind != "thread" else value.get("id") or thread_id))
        if not key:
            raise ValueError("it has no `thread_id`")
        self.groups.add(key, [kind, location, self.lists, is_page, value])


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    with grouped(options.group_bounds) as groups:
        walk = _Walk(groups)
        for file in files:
            walk.lists += 1
            # The members of a large object are read one by one.
            for item in file.items(opened=file.shape.is_one_object and file.shape.is_cut):
                if (fault := item.fault or walk.item(item)) is not None:
                    yield Broken(item.location, fault)
        yield from walk.notes
        for key, rows in groups:
            if rows is None:
                yield Broken(f"thread {key}", "is too large: its messages take more than 128 MiB")
                continue
            try:
                yield _conversation(key, rows)
            except ODD_SHAPES as error:
                yield Broken(rows[0][1], odd(error))


def _conversation(key: str, rows: list[Any]) -> Conversation:
    lists: dict[int, list[dict[str, Any]]] = {}
    pages: set[int] = set()
    runs, steps = [], []
    facts: dict[str, Any] = {}
    for kind, _, number, is_page, value in rows:
        match kind:
            case "thread.message":
                lists.setdefault(number, []).append(value)
                pages.update([number] if is_page else [])
            case "thread.run":
                runs.append(value)
            case "thread.run.step":
                steps.append(value)
            case _:
                facts |= value
    found = Conversation(key, rows[0][1], is_list=True)
    ordered, assumed = oldest_first([Listed(one, number in pages) for number, one in lists.items()], lambda one: one)
    if assumed:
        found.notes.append(ORDER_ASSUMED)
    found.messages = with_steps([message_of(one) for one in ordered], runs, steps, found)
    _add_facts(found, facts)
    return found


def _add_facts(found: Conversation, facts: dict[str, Any]) -> None:
    found.created_at = facts.get("created_at")
    found.title = facts.get("title") or facts.get("name")
    metadata = facts.get("metadata")
    found.meta_data = dict(metadata) if isinstance(metadata, dict) else {}
    if isinstance(facts.get("tool_resources"), dict):
        found.thread_fields["tool_resources"] = facts["tool_resources"]
    found.participant = facts.get("user_id") if isinstance(facts.get("user_id"), str) else None


FORMAT = Format(
    name="openai-assistants",
    title="OpenAI Assistants API",
    obtain="Write what `client.beta.threads.messages.list` returns to a file, in any shape; runs and run steps beside it.",
    keys=frozenset({"object", "thread_id", "role", "content", "created_at", "assistant_id", "run_id", "metadata"}),
    recognise=_recognise,
    conversations=_conversations,
)
