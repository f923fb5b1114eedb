"""Rows for training in ShareGPT's form: `{"conversations": [{"from", "value"}]}` in each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ....stored_json import as_json
from .base import PartRenderer, text_pieces
from .openai_chat import training_row

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from ....documents import MessageRow, ThreadRow

_ASKED = frozenset({"human", "observation"})
Turn = dict[str, str]


class ShareGPT(PartRenderer):
    """One row for each thread with an answer. Its turns alternate: `human` or `observation`, then `gpt` or `function_call`.

    Calls that were made at once follow each other, each with its observation. Instructions stand at the beginning only.
    """

    name = "sharegpt"
    ending = ".jsonl"
    first_bytes = (b'{"conversations":[',)

    def part(self, thread: ThreadRow, rows: list[MessageRow]) -> Iterator[str]:
        """The row of these messages."""
        row = training_row(rows, self.left_out)
        if row is None:
            return
        turns = _Turns(self.left_out)
        for message in row["messages"]:
            turns.add(message)
        if not turns.turns:
            self.left_out["threads without an answer"] += 1
            return
        tools = {"tools": as_json(row["tools"]).decode()} if "tools" in row else {}
        yield f"{as_json({'conversations': turns.all(), 'id': thread['_id'], **tools}).decode()}\n"


class _Turns:
    """Collects turns that alternate. Messages that do not fit are left out, and counted."""

    def __init__(self, left_out: Counter[str]) -> None:
        self.turns: list[Turn] = []
        self._left_out = left_out
        self._instructions: list[str] = []
        self._calls: dict[str, Any] = {}
        """The calls of the last message whose outputs have not come yet."""

    def all(self) -> list[Turn]:
        """The turns, behind the instructions."""
        text = "\n\n".join(self._instructions)
        return [*([{"from": "system", "value": text}] if text else []), *self.turns]

    def add(self, message: dict[str, Any]) -> None:
        """Add a message of chat completions. Outputs stand directly behind their calls."""
        role = message["role"]
        texts, others = text_pieces(message["content"] or "")
        text = "\n\n".join(texts)
        self._left_out["images, files and sounds"] += len(others)
        if role in ("system", "developer"):
            self._instruct(text)
        elif role == "tool":
            call = self._calls.pop(message["tool_call_id"])
            self._call(call.get("function") or call["custom"], text)
        elif role == "user" and text:
            self._put("human", text)
        elif role == "assistant":
            if text:
                self._put("gpt", text)
            self._calls = {call["id"]: call for call in message.get("tool_calls", ())}

    def _instruct(self, text: str) -> None:
        if self.turns:
            self._left_out["instructions within a conversation"] += 1
        else:
            self._instructions.append(text)

    def _call(self, called: dict[str, Any], output: str) -> None:
        if self.turns and self.turns[-1]["from"] == "gpt":
            self.turns.pop()
            self._left_out["words before a call"] += 1
        if not self.turns:
            self._left_out["calls before the first question"] += 1
            return
        arguments = called.get("arguments", called.get("input"))
        self.turns.append({"from": "function_call", "value": _call_text(called["name"], arguments)})
        self.turns.append({"from": "observation", "value": output})

    def _put(self, speaker: str, text: str) -> None:
        while speaker == "human" and self.turns and self.turns[-1]["from"] == "observation":
            del self.turns[-2:]
            self._left_out["calls without an answer"] += 1
        last = self.turns[-1] if self.turns else None
        if last is None and speaker == "gpt":
            self._left_out["words before the first question"] += 1
        elif last is not None and (last["from"] in _ASKED) == (speaker in _ASKED):
            last["value"] += f"\n\n{text}"
        else:
            self.turns.append({"from": speaker, "value": text})


def _call_text(name: str, arguments: Any) -> str:
    """The call as JSON: `{"name", "arguments"}`. The arguments are an object if their text is the JSON of an object."""
    try:
        read = orjson.loads(arguments)
    except (orjson.JSONDecodeError, TypeError):
        read = arguments
    return as_json({"name": name, "arguments": read if isinstance(read, dict) else arguments}).decode()
