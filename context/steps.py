"""The steps of a turn that a model sees, and a note of each message that is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ..history import CallGroup, Entry
from .parts import pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..history import Content, Step, Turn

UNANSWERED = "[No output is stored for this call.]"
"""The output that marks an unanswered call. Model APIs refuse calls without an output."""
WITHOUT_CALL = "[Output of a tool call that is not stored]"
_TEXT_OUTPUTS = frozenset({"message", "function_call_output", "custom_tool_call_output"})
_SEEN_BY_NOBODY = "unknown"
_ROLES: dict[str, Role] = {
    "user": "user",
    "system": "system",
    "platform": "system",
    "developer": "developer",
}  # every other role becomes `assistant`

Role = Literal["user", "assistant", "system", "developer"]
Reason = Literal["half_written", "incomplete", "unanswered", "empty", "bookkeeping", "not_expressible"]


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of a caller: which messages a model sees."""

    include_incomplete: bool = True
    """Whether messages stay whose status is `incomplete`."""
    mark_unanswered: bool = True
    """Whether a call without an output gets a placeholder. Else it is left out."""
    keep_empty: bool = False
    """Whether messages without any words stay."""
    keep_stray_outputs: bool = True
    """Whether an output whose call is not stored becomes words of the assistant. Else it is left out."""


class Words(NamedTuple):
    """Words of a role."""

    role: Role
    content: Content


@dataclass(frozen=True, slots=True)
class Answered:
    """A call with its output."""

    call_id: str
    name: str
    text: str
    """The arguments of a function, or the input of a custom tool."""
    output: Content
    is_custom: bool = False
    item_id: str | None = None
    """The id that the model API gave the item. The API accepts this id only behind the reasoning of the item."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls that the assistant made together, and its words before them."""

    words: Words | None
    calls: list[Answered]


@dataclass(frozen=True, slots=True)
class Whole:
    """An item that is sent back as it was received: reasoning, or a call of a tool that the host of the model ran."""

    kind: str
    item: dict[str, Any]


Said = Words | Calls | Whole


@dataclass(slots=True)
class SaidTurn:
    """The steps of a turn that a model sees."""

    steps: list[Said] = field(default_factory=list)
    left_out: list[tuple[int, Reason]] = field(default_factory=list)
    """The numbers of the messages that were left out, with the reason."""


def said_of(turn: Turn, choices: Choices, can_express: Callable[[str, dict[str, Any]], bool]) -> SaidTurn:
    """The steps of a turn that a model sees. `can_express` says whether the model API takes an item back as it was received."""
    return _StepReader(choices, can_express).read(turn)


class _StepReader:
    def __init__(self, choices: Choices, can_express: Callable[[str, dict[str, Any]], bool]) -> None:
        self._choices = choices
        self._can_express = can_express
        self._said = SaidTurn()
        self._reasoning: list[Entry] = []
        """Reasoning whose following step is not known yet. Model APIs refuse reasoning without the step that follows it."""

    def read(self, turn: Turn) -> SaidTurn:
        for step in turn.steps:
            if isinstance(step, Entry) and step.kind == "reasoning":
                self._read_reasoning(step)
            elif isinstance(step, Entry) and step.kind == "other":
                self._leave_out(step, "bookkeeping")
            else:
                self._read_step(step)
        self._drop_reasoning()
        return self._said

    def _read_reasoning(self, entry: Entry) -> None:
        reason = self._refused(entry)
        if reason is None and not self._can_express("reasoning", entry.stored.get("item") or {}):
            reason = "not_expressible"
        if reason is None:
            self._reasoning.append(entry)
        else:
            self._leave_out(entry, reason)
            self._drop_reasoning()

    def _read_step(self, step: Step) -> None:
        found = list(self._group(step) if isinstance(step, CallGroup) else self._entry(step))
        first = found[0] if found else None
        is_led_by_reasoning = not isinstance(first, Words) or first.role == "assistant"
        if first is not None and is_led_by_reasoning and not _is_worded_output(step):
            self._said.steps += [Whole("reasoning", entry.stored["item"]) for entry in self._reasoning]
            self._reasoning.clear()
        self._drop_reasoning()
        self._said.steps += found

    def _drop_reasoning(self) -> None:
        for entry in self._reasoning:
            self._leave_out(entry, "not_expressible")
        self._reasoning.clear()

    def _entry(self, entry: Entry) -> Iterator[Said]:
        reason = self._refused(entry)
        if reason is None and entry.kind == "output" and entry.type not in _TEXT_OUTPUTS:
            reason = "not_expressible"
        if reason is None and entry.kind == "output" and not self._choices.keep_stray_outputs:
            reason = "not_expressible"
        if reason is not None:
            self._leave_out(entry, reason)
        elif entry.kind == "output":
            yield Words("assistant", _worded(entry.content))
        else:
            yield from self._words(entry)

    def _words(self, entry: Entry) -> Iterator[Words]:
        if _has_words(entry.content) or self._choices.keep_empty:
            yield Words(_ROLES.get(entry.role, "assistant"), entry.content)
        else:
            self._leave_out(entry, "empty")

    def _group(self, group: CallGroup) -> Iterator[Said]:
        if group.calls[0].is_hosted:
            yield from self._hosted(group.calls[0])
            return
        shown = [
            answered
            for call, output in zip(group.calls, group.outputs, strict=True)
            if (answered := self._answered(call, output)) is not None
        ]
        words = None
        if group.words is not None and (not shown or _has_words(group.words.content)):
            words = next((said for said in self._entry(group.words) if isinstance(said, Words)), None)
        elif group.words is not None and (reason := self._refused(group.words)) is not None:
            self._leave_out(group.words, reason)
        if shown:
            yield Calls(words, shown)
        elif words is not None:
            yield words

    def _hosted(self, call: Entry) -> Iterator[Whole]:
        item = call.stored.get("item") or {}
        reason = self._refused(call) or (None if self._can_express(call.type, item) else "not_expressible")
        if reason is None:
            yield Whole(call.type, item)
        else:
            self._leave_out(call, reason)

    def _answered(self, call: Entry, output: Entry | None) -> Answered | None:
        found = call.call or {}
        refused = None if output is None else self._refused(output)
        complete = None if refused is not None else output
        reason = None if complete is not None else self._refused(call)
        if found.get("type") not in ("function", "custom"):
            reason = "not_expressible"
        elif complete is None and reason is None and not self._choices.mark_unanswered:
            reason = "unanswered"
        if output is not None and (refused is not None or reason is not None):
            self._leave_out(output, refused or reason or "not_expressible")
        if reason is not None:
            self._leave_out(call, reason)
            return None
        inner = found[found["type"]]
        item_id = (call.stored.get("item") or {}).get("id") if call.type != "message" else None
        return Answered(
            found["id"],
            inner["name"],
            inner["arguments" if found["type"] == "function" else "input"],
            UNANSWERED if complete is None else complete.content,
            is_custom=found["type"] == "custom",
            item_id=item_id if isinstance(item_id, str) else None,
        )

    def _refused(self, entry: Entry) -> Reason | None:
        """The reason why a model sees this entry in no format, or None."""
        if entry.is_half_written:
            return "half_written"
        if entry.kind == "message" and entry.role == _SEEN_BY_NOBODY:
            return "bookkeeping"
        is_incomplete = entry.stored.get("status") == "incomplete"
        return "incomplete" if is_incomplete and not self._choices.include_incomplete else None

    def _leave_out(self, entry: Entry, reason: Reason) -> None:
        self._said.left_out.append((entry.stored.get("seq", 0), reason))


def _has_words(content: Content) -> bool:
    if isinstance(content, str):
        return not (content == "" or content.isspace())
    return any(piece.has_words for piece in pieces_of(content))


def _is_worded_output(step: Step) -> bool:
    return isinstance(step, Entry) and step.kind == "output"


def _worded(content: Content) -> Content:
    """An output whose call was deleted or never written, as words of the assistant."""
    if isinstance(content, str):
        return f"{WITHOUT_CALL} {content}"
    return [{"type": "text", "text": WITHOUT_CALL}, *content]
