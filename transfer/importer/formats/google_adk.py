"""Sessions of Google's Agent Development Kit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, call, client_id_of, numbered, output, reasoning
from .base import Format, each_value, text_of

if TYPE_CHECKING:
    from ..reading import Sample


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: _has_events(item["events"]) and _either(item, "appName", "app_name"))


def _has_events(events: Any) -> bool:
    return isinstance(events, list) and all(isinstance(one, dict) and "author" in one for one in events[:5])


def _either(value: dict[str, Any], camel: str, snake: str) -> Any:
    """The field under either name: JSON of the HTTP API has camel case, that of Python has underscores."""
    return value.get(camel, value.get(snake))


def _conversation(value: Any, location: str) -> Conversation:
    found = Conversation(str(value["id"]), location)
    user = _either(value, "userId", "user_id")
    found.participant = str(user) if user else None
    found.updated_at = _either(value, "lastUpdateTime", "last_update_time")
    found.meta_data = {"app_name": str(_either(value, "appName", "app_name"))}
    for event in value["events"]:
        if event.get("partial"):
            continue
        rows = _messages(event, found)
        author = str(event["author"])
        for row in rows:
            row.created_at = event.get("timestamp")
            row.assistant_id = author if row.role == "assistant" else None
        found.messages += numbered(str(event.get("id") or ""), rows)
    return found


def _messages(event: dict[str, Any], found: Conversation) -> list[SourceMessage]:
    content = event.get("content") or {}
    role = "user" if event.get("author") == "user" or content.get("role") == "user" else "assistant"
    rows: list[SourceMessage] = []
    texts: list[str] = []
    event_id = client_id_of(str(event.get("id")))
    for index, part in enumerate(content.get("parts") or ()):
        text = text_of(part.get("text"))
        if text is not None and part.get("thought"):
            rows.append(reasoning("", [], [text]))
        elif text is not None:
            texts.append(text)
        else:
            rows += _other(f"{event_id}/{index}", part, role, found)
    said = [SourceMessage("", role, "\n\n".join(texts))] if texts else []
    calls = [row for row in rows if row.type != "reasoning"]
    rows = [*(row for row in rows if row.type == "reasoning"), *said, *calls]
    if not rows and event.get("content"):
        found.left_out["empty"] += 1
    return rows


def _other(place: str, part: dict[str, Any], role: str, found: Conversation) -> list[SourceMessage]:
    used, answer = (
        _either(part, "functionCall", "function_call"),
        _either(part, "functionResponse", "function_response"),
    )
    if isinstance(used, dict):
        return [call("", str(used.get("id") or place), str(used.get("name")), used.get("args"))]
    if isinstance(answer, dict):
        return [output("", str(answer.get("id") or place), answer.get("response"), tool_id=text_of(answer.get("name")))]
    file, data = _either(part, "fileData", "file_data"), _either(part, "inlineData", "inline_data")
    if isinstance(file, dict):
        found.files_referenced += 1
        uri = str(_either(file, "fileUri", "file_uri"))
        return [SourceMessage("", role, [{"type": "input_file", "file_url": uri}])]
    if isinstance(data, dict):
        kind = str(_either(data, "mimeType", "mime_type"))
        url = f"data:{kind};base64,{data.get('data')}"
        image = {"type": "input_image", "image_url": url, "detail": "auto"}
        return [
            SourceMessage("", role, [image if kind.startswith("image/") else {"type": "input_file", "file_data": url}])
        ]
    return []


FORMAT = Format(
    name="google-adk",
    title="Google Agent Development Kit",
    obtain="Write `session.model_dump_json()` to a file, one session a line; or save what GET …/sessions/{id} returns.",
    keys=frozenset({"id", "appName", "app_name", "userId", "user_id", "events", "state", "lastUpdateTime"}),
    recognise=_recognise,
    conversations=each_value(_conversation),
)
