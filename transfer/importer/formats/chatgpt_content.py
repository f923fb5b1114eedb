"""The content of ChatGPT's messages: texts, code, pictures, sounds, thoughts and the results of tools."""

from __future__ import annotations

from typing import Any

_TEXTS = ("text", "result", "user_profile", "user_instructions", "model_set_context", "content")
_POINTERS = ("asset_pointer", "audio_asset_pointer", "video_container_asset_pointer", "frames_asset_pointers")


def content_of(content: dict[str, Any], role: str) -> str | list[dict[str, Any]]:
    """The content as a text, or as parts if it holds more than text."""
    found = [one for part in content.get("parts") or () for one in _parts(part, role)]
    if all(part["type"].endswith("text") for part in found):
        return plain_text(content)
    return found


def plain_text(content: dict[str, Any]) -> str:
    """The texts of the content, one below the other."""
    texts = [part["text"] for source in content.get("parts") or () for part in _parts(source, "user") if "text" in part]
    texts += [value for name in _TEXTS if isinstance(value := content.get(name), str)]
    return "\n\n".join(text for text in texts if text)


def _parts(part: Any, role: str) -> list[dict[str, Any]]:
    """A part in OpenAI's words. Sounds and pictures are named, because the export holds them in files of their own."""
    text = {"type": "output_text" if role == "assistant" else "input_text"}
    if isinstance(part, str):
        return [text | {"text": part}] if part else []
    if not isinstance(part, dict):
        return []
    found = [text | {"text": part["text"]}] if isinstance(part.get("text"), str) and part["text"] else []
    is_image = "image" in str(part.get("content_type") or "")
    for name in _POINTERS:
        pointers = part.get(name)
        for pointer in pointers if isinstance(pointers, list) else [pointers]:
            value = pointer.get("asset_pointer") if isinstance(pointer, dict) else pointer
            if isinstance(value, str):
                found.append(_reference(value, is_image=is_image))
    return found


def _reference(pointer: str, *, is_image: bool) -> dict[str, Any]:
    name = pointer.partition("://")[2] or pointer
    if is_image:
        return {"type": "input_image", "file_id": name, "detail": "auto"}
    return {"type": "input_file", "file_id": name}


def asset_count(content: Any) -> int:
    """The number of files that a content names."""
    return sum("file_id" in part for part in content) if isinstance(content, list) else 0


def attachments_of(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """The files that a user attached. The export holds them in files of their own, or not at all."""
    found = []
    for source in metadata.get("attachments") or ():
        if isinstance(source, dict):
            values = {"file_id": source.get("id"), "name": source.get("name"), "mime_type": source.get("mime_type")}
            found.append({name: value for name, value in values.items() if isinstance(value, str)})
    return found


def reasoning_texts(content: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The summaries and the texts of thoughts."""
    summaries, texts = [], []
    for thought in content.get("thoughts") or ():
        if isinstance(thought, dict):
            summaries.append(str(thought.get("summary") or ""))
            texts.append(str(thought.get("content") or ""))
    if not content.get("thoughts"):
        summaries.append(plain_text(content))
    return [text for text in summaries if text], [text for text in texts if text]
