"""Generates the message rows of one plan, as the services would have stored them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from ...clock import EPOCH, epoch_milliseconds
from ...documents import MESSAGE_SCHEMA_VERSION
from ...ids import clock_characters
from .plans import ANSWER, CALL, CUT_OFF, HAND_OVER, RESULT, SECOND_USER, SYSTEM, USER
from .profiles import ASSISTANTS, Assistant, Person, arguments, id_characters
from .texts import FOLLOW_UPS, HAND_OVERS, OPENERS, SENTENCES, WORDS
from .timing import DAY, load_factor, pause

if TYPE_CHECKING:
    from random import Random

    from ...documents import MessageRow
    from .profiles import DemoTool

_SLOT = re.compile(r"{(\w+)}")
_ROLES = {SYSTEM: "system", USER: "user", SECOND_USER: "user", RESULT: "tool"}
_TIMEOUT_SECONDS = 9.0
_BREAK_RATE = 0.07
_BREAK_SECONDS = 3 * DAY
"""Longer than the average break. It limits the number of breaks, so that a long conversation ends before `end`."""


class ConversationRows:
    """Generates the rows of one conversation. Its clock, `start` and `end` are in seconds since 1970."""

    def __init__(
        self, random: Random, *, thread_id: str, people: list[Person], assistant: Assistant, start: float, end: float
    ) -> None:
        self._random = random
        self._thread_id = thread_id
        self._people = people
        self._assistant = assistant
        self._words = {word: random.choice(choices) for word, choices in WORDS.items()}
        self._clock = start
        self._end = end
        self._break_rate = _BREAK_RATE
        self._asked = False
        self._run_id: str | None = None
        self._call: tuple[DemoTool, str] | None = None
        self.rows: list[MessageRow] = []

    def generate(self, kinds: str) -> list[MessageRow]:
        """Return the rows of all messages, in order. If the clock passes `end`, all rows are moved to earlier times."""
        questions = kinds.count(USER) + kinds.count(SECOND_USER)
        self._break_rate = min(_BREAK_RATE, (self._end - self._clock) / _BREAK_SECONDS / max(1, questions))
        for kind in kinds:
            self._append(kind)
        too_late = self._clock - self._end
        if too_late > 0:
            self._move_earlier(timedelta(milliseconds=int(too_late * 1000) + 1))
        return self.rows

    def _append(self, kind: str) -> None:
        match kind:
            case "S":
                row = self._row(SYSTEM, f"You are {self._assistant.topic} assistant. Be brief and kind.", None)
            case "U" | "V":
                row = self._question(self._people[-1 if kind == SECOND_USER else 0], kind)
            case "C":
                row = self._tool_call()
            case "R":
                row = self._tool_output()
            case _:
                row = self._answer(kind)
        self.rows.append(row)

    def _question(self, person: Person, kind: str) -> MessageRow:
        random = self._random
        if self.rows and self.rows[-1]["role"] != "system":
            away = random.random() < self._break_rate
            self._clock += pause(random, self._clock, person.hours_from_utc, until=self._end if away else self._clock)
        self._run_id = None
        choices = FOLLOW_UPS if self._asked else OPENERS[self._assistant.topic]
        text = self._filled(random.choice(choices))
        if not self._asked and random.random() < 0.25:  # noqa: PLR2004 - users write the same question in different ways
            text = random.choice((text.lower(), text.rstrip("?.!"), f"Hi! {text}", f"{text} thx", text.upper()))
        self._asked = True
        row = self._row(kind, text, person.id)
        row["meta_data"] = {"client": person.channel}
        return row

    def _tool_call(self) -> MessageRow:
        random, tool = self._random, self._random.choice(self._assistant.tools)
        self._advance(self._assistant.median_seconds * 0.5)
        call_id = f"call_{id_characters(random, 24)}"
        self._call = tool, call_id
        row = self._row(CALL, "", "assistant")
        text = orjson.dumps(arguments(random, tool)).decode()
        row["tool_calls"] = [{"id": call_id, "type": "function", "function": {"name": tool.name, "arguments": text}}]
        return row

    def _tool_output(self) -> MessageRow:
        assert self._call is not None  # noqa: S101 - in a plan, each output follows its call
        tool, call_id = self._call
        failed = self._random.random() < tool.failure_rate
        if failed:
            self._clock += _TIMEOUT_SECONDS * self._random.random()
        self._advance(tool.median_seconds)
        output = {"error": f"{tool.name} did not answer"} if failed else {"found": self._random.randrange(40)}
        row = self._row(RESULT, orjson.dumps(output).decode(), "tool")
        row |= {"tool_id": tool.name, "tool_call_id": call_id}
        if failed:
            _mark_incomplete(row, "tool_error")
        return row

    def _answer(self, kind: str) -> MessageRow:
        random = self._random
        sentences = random.choices(SENTENCES, k=min(40, 1 + int(random.lognormvariate(0.7, 0.9))))
        text = self._filled(" ".join(sentences))
        self._advance(self._assistant.median_seconds)
        self._clock += len(text) / 900
        if kind == HAND_OVER:
            text = random.choice(HAND_OVERS)
        row = self._row(kind, text, "assistant")
        tokens = {"input": 60 * len(self.rows) + random.randrange(400), "output": len(text) // 4}
        row["meta_data"] = {"model": self._assistant.model, "tokens": tokens}
        if random.random() < 0.08:  # noqa: PLR2004
            row["meta_data"]["feedback"] = "up" if random.random() < 0.8 else "down"  # noqa: PLR2004
        if kind == CUT_OFF:
            _mark_incomplete(row, "max_tokens")
        if kind == HAND_OVER:
            others = [other for other in ASSISTANTS if other is not self._assistant and not other.new]
            self._assistant = random.choice(others)
        return row

    def _row(self, kind: str, content: str, sender_id: str | None) -> MessageRow:
        milliseconds = int(self._clock * 1000)
        moment = EPOCH + timedelta(milliseconds=milliseconds)
        role = _ROLES.get(kind, "assistant")
        answers = role in ("assistant", "tool")
        if answers and self._run_id is None:
            self._run_id = f"run_{id_characters(self._random, 22)}"
        return {
            "_id": f"message_{clock_characters(milliseconds)}{id_characters(self._random, 14)}",
            "thread_id": self._thread_id,
            "seq": len(self.rows) + 1,
            "type": "message",
            "role": role,
            "content": content,
            "attachments": [],
            "sender_id": sender_id,
            "assistant_id": self._assistant.id if answers else None,
            "run_id": self._run_id if answers else None,
            "tool_id": None,
            "tool_call_id": None,
            "status": "completed" if kind in (ANSWER, HAND_OVER) else None,
            "incomplete_details": None,
            "meta_data": {},
            "created_at": moment,
            "updated_at": moment,
            "completed_at": moment if answers else None,
            "incomplete_at": None,
            "revision": 1,
            "schema_version": MESSAGE_SCHEMA_VERSION,
        }

    def _advance(self, median_seconds: float) -> None:
        self._clock += median_seconds * self._random.lognormvariate(0, 0.55) * load_factor(self._clock)

    def _filled(self, text: str) -> str:
        return _SLOT.sub(lambda slot: self._words[slot[1]], text)

    def _move_earlier(self, by: timedelta) -> None:
        for row in self.rows:
            moment = row["created_at"] - by
            milliseconds = epoch_milliseconds(moment)
            row["_id"] = f"message_{clock_characters(milliseconds)}{row['_id'][-14:]}"
            row["created_at"] = row["updated_at"] = moment
            for field in ("completed_at", "incomplete_at"):
                if row[field] is not None:
                    row[field] = moment


def _mark_incomplete(row: MessageRow, reason: str) -> None:
    row["status"] = "incomplete"
    row["incomplete_details"] = {"reason": reason}
    row["completed_at"], row["incomplete_at"] = None, row["created_at"]


def as_stored(seconds: float) -> datetime:
    """Return seconds since 1970 as a date of the driver: UTC, without a zone."""
    return EPOCH + timedelta(milliseconds=int(seconds * 1000))
