"""Events of the Agent Development Kit as stored messages, and stored messages of others as events."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from google.adk.events import Event
from google.genai import types

from .. import rows
from ..histories import Own, grouped, said_by_others

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...context import Piece
    from ...records import MessageRecord
    from ..histories import Said

NAME = "google_adk"
_QUESTIONS = frozenset({"adk_request_confirmation", "adk_request_credential"})
"""The calls with which the kit asks the user for a confirmation or credentials before it runs a tool."""


def source_of(event: Event) -> dict[str, Any]:
    """The JSON of an event."""
    return event.model_dump(mode="json", exclude_none=True)


def neutral(event: Event) -> list[rows.Row]:
    """The rows of an event: words, reasoning, calls and outputs in order.

    The questions of the kit to its user, and the outputs that wait for an answer, are left out: no model sees them.
    """
    role = "user" if event.author == "user" else "assistant"
    found: list[rows.Row] = []
    parts: list[dict[str, Any]] = []
    for number, part in enumerate((event.content.parts if event.content else None) or ()):
        if _is_question(part) or _waits(part, event):
            continue
        row = _row(part, f"{event.id}-{number}")
        if row is None and (said := _part(part, role)) is not None:
            parts.append(said)
        if row is not None:
            found += _words(role, parts)
            parts = []
            found.append(row)
    return found + _words(role, parts)


def events_of(records: Sequence[MessageRecord]) -> Iterator[Event]:
    """The events of a stored history. Any framework or API may have written it."""
    for group in grouped(NAME, records):
        if isinstance(group, Own):
            if "event" in group.source:
                yield Event.model_validate(group.source["event"])
        else:
            yield from _foreign(said_by_others(group.records))


def _is_question(part: types.Part) -> bool:
    named = part.function_call or part.function_response
    return named is not None and named.name in _QUESTIONS


def _waits(part: types.Part, event: Event) -> bool:
    """Whether a part says only that its call waits for the user. The real output comes later, with the same id."""
    response = part.function_response
    if response is None or event.actions is None:
        return False
    return response.id in {**event.actions.requested_tool_confirmations, **event.actions.requested_auth_configs}


def _words(role: str, parts: list[dict[str, Any]]) -> list[rows.Row]:
    if not parts:
        return []
    is_text = len(parts) == 1 and parts[0].keys() == {"type", "text"}
    return [rows.words(role, parts[0]["text"] if is_text else parts)]


def _row(part: types.Part, fallback: str) -> rows.Row | None:
    call, response = part.function_call, part.function_response
    if call is not None and call.name:
        return rows.call(call.id or fallback, call.name, call.args or {})
    if response is not None:
        answer = response.response or {}
        only = answer.get("result") if answer.keys() == {"result"} else None
        text = only if isinstance(only, str) else json.dumps(answer, ensure_ascii=False, default=str)
        return rows.output(response.id or fallback, text)
    if part.thought and part.text:
        return rows.reasoning(part.text)
    return None


def _part(part: types.Part, role: str) -> dict[str, Any] | None:
    if part.text:
        return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text}
    blob, file = part.inline_data, part.file_data
    if blob is not None and blob.data is not None:
        address = f"data:{blob.mime_type};base64,{base64.b64encode(blob.data).decode()}"
        return _linked(blob.mime_type, address, "file_data")
    if file is not None and file.file_uri:
        return _linked(file.mime_type, file.file_uri, "file_url")
    return None


def _linked(mime_type: str | None, address: str, field: str) -> dict[str, Any]:
    if (mime_type or "").startswith("image/"):
        return {"type": "input_image", "image_url": address}
    return {"type": "input_file", field: address}


def _foreign(said: Sequence[Said]) -> Iterator[Event]:
    """Yield messages of other programs as events. Words with the calls behind them are one event, and so are outputs."""
    names = {one.call_id: one.name for one in said if one.kind == "call"}
    group: list[Said] = []
    for one in said:
        if group and not _continues(group[-1], one):
            yield _event(group, names)
            group = []
        if one.kind not in ("system", "developer"):  # instructions are no events
            group.append(one)
    if group:
        yield _event(group, names)


def _continues(before: Said, one: Said) -> bool:
    if one.kind == "output":
        return before.kind == "output"
    return before.kind in ("reasoning", "assistant", "call") and one.kind == "call"


def _event(group: list[Said], names: dict[str, str]) -> Event:
    first = group[0]
    is_answer = first.kind in ("assistant", "reasoning", "call")
    parts = [part for one in group for part in _parts(one, names)]
    content = types.Content(role="model" if is_answer else "user", parts=parts)
    author = "user" if first.kind == "user" else (first.record.assistant_id or "model")
    return Event(author=author, content=content, id=first.record.id, timestamp=first.record.created_at_ms / 1000)


def _parts(one: Said, names: dict[str, str]) -> list[types.Part]:
    if one.kind == "call":
        try:
            arguments = json.loads(one.arguments)
        except json.JSONDecodeError:
            arguments = one.arguments
        args = arguments if isinstance(arguments, dict) else {"input": arguments}
        return [types.Part(function_call=types.FunctionCall(id=one.call_id, name=one.name, args=args))]
    if one.kind == "output":
        name = names.get(one.call_id, "tool")
        response = types.FunctionResponse(id=one.call_id, name=name, response={"result": one.text})
        images = [part for piece in one.pieces if piece.kind == "image" and (part := _image(piece)) is not None]
        return [types.Part(function_response=response), *images]
    if one.kind == "reasoning":
        return [types.Part(text=one.text, thought=True)]
    return [_image(piece) or types.Part(text=piece.text) for piece in one.pieces]


def _image(piece: Piece) -> types.Part | None:
    url = piece.fields.get("url") if piece.kind == "image" else None
    if url is None:
        return None
    kind, found, data = url.removeprefix("data:").partition(";base64,")
    if url.startswith("data:") and found:
        return types.Part(inline_data=types.Blob(mime_type=kind, data=base64.b64decode(data)))
    return types.Part(file_data=types.FileData(file_uri=url, mime_type="image/png"))
