"""Google AI Studio's chats (Gemini), as Google Drive keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, call, output, reasoning
from .base import Format, each_value, key_of_row, text_of

if TYPE_CHECKING:
    from ..reading import Sample

_MODEL = "models/"
_FILES = ("driveDocument", "driveImage", "driveVideo", "driveAudio", "inlineFile", "inlineImage", "inlineData")


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: isinstance(item["chunkedPrompt"]["chunks"], list))


def _conversation(value: Any, location: str) -> Conversation:
    chunks = [one for one in value["chunkedPrompt"]["chunks"] if isinstance(one, dict)]
    settings = value.get("runSettings") or {}
    begin = [one for one in chunks[:1] if text_of(one.get("text"))]
    found = Conversation(key_of_row("gemini", begin or value), location)
    found.model = (text_of(settings.get("model")) or "").removeprefix(_MODEL) or None
    system = "\n\n".join(
        str(one.get("text") or "") for one in (value.get("systemInstruction") or {}).get("parts") or ()
    )
    if system:
        found.messages.append(SourceMessage("", "system", system))
    for index, chunk in enumerate(chunks):
        rows = _messages(chunk, index, found)
        for row in rows:
            row.created_at = chunk.get("createTime")
        found.messages += rows
    return found


def _messages(chunk: dict[str, Any], index: int, found: Conversation) -> list[SourceMessage]:
    role = "assistant" if chunk.get("role") == "model" else "user"
    text = chunk.get("text")
    if not isinstance(text, str):
        text = "".join(str(part.get("text") or "") for part in chunk.get("parts") or () if isinstance(part, dict))
    rows = _tools(chunk, index)
    if text and (chunk.get("isThought") or chunk.get("thought")):
        rows.insert(0, reasoning("", [], [text]))
    elif text:
        rows.insert(0, SourceMessage("", role, text))
    files = [chunk[name] for name in _FILES if isinstance(chunk.get(name), dict)]
    if files:
        if not rows or rows[0].type != "message":
            rows.insert(0, SourceMessage("", role))
        rows[0].attachments = [{"file_id": str(one.get("id") or one.get("mimeType") or "file")} for one in files]
        found.files_referenced += len(files)
    if not rows:
        found.left_out["empty"] += 1
    return rows


def _tools(chunk: dict[str, Any], index: int) -> list[SourceMessage]:
    rows = []
    used, answer = chunk.get("functionCall"), chunk.get("functionResponse")
    if isinstance(used, dict):
        rows.append(
            call("", str(used.get("id") or f"call_{used.get('name')}_{index}"), str(used.get("name")), used.get("args"))
        )
    if isinstance(answer, dict):
        rows.append(
            output("", str(answer.get("id") or f"call_{answer.get('name')}_{index - 1}"), answer.get("response"))
        )
    code, result = chunk.get("executableCode"), chunk.get("codeExecutionResult")
    if isinstance(code, dict):
        rows.append(call("", f"code_{index}", "code_execution", {"code": code.get("code")}))
    if isinstance(result, dict):
        rows.append(output("", f"code_{index - 1}", result.get("output")))
    return rows


FORMAT = Format(
    name="gemini",
    title="Google AI Studio",
    obtain="In Google Drive: the folder Google AI Studio. Download its files; each one is a chat.",
    keys=frozenset({"chunkedPrompt", "runSettings", "systemInstruction", "chunks"}),
    recognise=_recognise,
    conversations=each_value(_conversation),
)
