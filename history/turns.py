"""Turns: the entries of a conversation in order, with parallel calls together and each output behind its call."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .entries import Entry, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(slots=True)
class CallGroup:
    """The words of an assistant and the calls behind them, which the assistant made together, with their outputs."""

    words: Entry | None = None
    calls: list[Entry] = field(default_factory=list)
    outputs: list[Entry | None] = field(default_factory=list)
    """For each call its output, or None if the call is unanswered. Hosted calls hold their own result."""

    @property
    def is_answered(self) -> bool:
        """Whether one of the calls has an output."""
        return any(output is not None for output in self.outputs)


Step = Entry | CallGroup
"""One entry of a turn, or several calls. An output that stands alone has no call: the call was deleted, or never written."""


@dataclass(slots=True)
class _Unanswered:
    """The unanswered calls with one id in a group, in order."""

    group: CallGroup
    indexes: deque[int] = field(default_factory=deque)


@dataclass(slots=True)
class Turn:
    """The steps from a message of a user to the next one. The first turn may begin without a user."""

    steps: list[Step] = field(default_factory=list)


def turns_of(stored: Iterable[Mapping[str, Any]]) -> list[Turn]:
    """The turns of a conversation. `stored` are its messages in order, as rows or as records.

    Ids of calls may repeat in a thread. An output answers the newest unanswered call with its id in its own turn. If there is
    none, it answers an earlier call, because a user may write while a tool runs. It does so only if no other call in the thread
    has this id.
    """
    reader = _Reader()
    for message in stored:
        for entry in entries_of(message):
            reader.read(entry)
    return [turn for turn in reader.turns if turn.steps]


class _Reader:
    def __init__(self) -> None:
        self.turns = [Turn()]
        self._open: dict[str, list[_Unanswered]] = {}
        """The unanswered calls of this turn by their id: for each group its calls in order, the newest group last."""
        self._uses: defaultdict[str, int] = defaultdict(int)
        """How many calls of the thread have each id."""
        self._only: dict[str, _Unanswered] = {}
        """The call with each id, if no other call has the id."""
        self._attachable: Step | None = None
        """The step to which the next call may belong: words or calls of an assistant, directly before it."""

    def read(self, entry: Entry) -> None:
        if entry.kind == "call":
            self._read_call(entry)
        elif entry.kind == "output":
            self._read_output(entry)
        elif entry.kind == "other":
            self._steps.append(entry)  # a model does not see it, so it does not separate words from calls
        else:
            if entry.kind == "message" and entry.role == "user":
                self.turns.append(Turn())
                self._open.clear()
            self._steps.append(entry)
            self._attachable = entry if entry.kind == "message" and entry.role == "assistant" else None

    @property
    def _steps(self) -> list[Step]:
        return self.turns[-1].steps

    def _read_call(self, call: Entry) -> None:
        group = self._group_for(call)
        group.calls.append(call)
        group.outputs.append(None)
        self._attachable = None if call.is_hosted else group
        if call.call_id is not None and not call.is_hosted:
            self._note(call.call_id, group)

    def _note(self, call_id: str, group: CallGroup) -> None:
        """Note the last call of the group as unanswered."""
        groups = self._open.setdefault(call_id, [])
        if not groups or groups[-1].group is not group:
            groups.append(_Unanswered(group))
        groups[-1].indexes.append(len(group.calls) - 1)
        self._uses[call_id] += 1
        self._only[call_id] = groups[-1]

    def _group_for(self, call: Entry) -> CallGroup:
        """The group to which a call belongs: that of the calls or words directly before it, or a new one."""
        before = self._attachable
        if not call.is_hosted and before is not None and _same_run(before, call):
            if isinstance(before, CallGroup) and not before.is_answered:
                return before
            if isinstance(before, Entry):
                group = CallGroup(before)
                self._steps[_index(self._steps, before)] = group
                return group
        group = CallGroup()
        self._steps.append(group)
        return group

    def _read_output(self, output: Entry) -> None:
        self._attachable = self._attachable if isinstance(self._attachable, CallGroup) else None
        if output.call_id is not None and self._answer(output.call_id, output):
            return
        self._steps.append(output)
        self._attachable = None

    def _answer(self, call_id: str, output: Entry) -> bool:
        """Give the output to its call. Returns whether there is such a call."""
        groups = self._open.get(call_id, [])
        if groups:
            found = groups[-1]
            if len(found.indexes) == 1:
                groups.pop()
        elif self._uses[call_id] == 1 and self._only[call_id].indexes:
            found = self._only[call_id]
        else:
            return False
        found.group.outputs[found.indexes.popleft()] = output
        return True


def _same_run(before: Step, call: Entry) -> bool:
    runs = {entry.run_id for entry in _entries(before)} | {call.run_id}
    return len(runs - {None}) <= 1


def _entries(step: Step) -> Iterator[Entry]:
    if isinstance(step, Entry):
        yield step
    else:
        yield from filter(None, (step.words, *step.calls))


def _index(steps: list[Step], step: Step) -> int:
    return next(index for index in range(len(steps) - 1, -1, -1) if steps[index] is step)
