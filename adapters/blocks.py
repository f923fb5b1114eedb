"""Content blocks of several vendors as parts in OpenAI's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..history import Content, Part

_SILENT = frozenset(
    {"tool_use", "tool_call", "server_tool_use", "thinking", "redacted_thinking", "reasoning", "reasoning_content"}
)
"""The types of blocks without words. Calls and reasoning stand in messages of their own."""


def content_of_blocks(content: Any, role: str) -> Content:
    """The text, or the parts, of a content of Anthropic, LangChain or OpenAI. A block that is no object is a text."""
    if isinstance(content, str):
        return content
    blocks: Iterable[Any] = content if isinstance(content, list) else [] if content is None else [content]
    parts = [part for block in blocks if (part := _part(block, role)) is not None]
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return str(parts[0]["text"])
    return parts or ""


def _part(block: Any, role: str) -> Part | None:
    if not isinstance(block, dict):
        return _text(str(block), role)
    kind = block.get("type")
    if kind in _SILENT or not isinstance(kind, str):
        return None
    if kind in _TEXTS and isinstance(block.get("text"), str):
        return _text(block["text"], role)
    translate = _TRANSLATED.get(kind)
    return block if translate is None else translate(block) or block


def _text(text: str, role: str) -> Part:
    return {"type": "output_text" if role == "assistant" else "input_text", "text": text}


def _image(block: Part) -> Part | None:
    address = _address(block.get("source") if isinstance(block.get("source"), dict) else block, "image/png")
    return None if address is None else {"type": "input_image", "image_url": address}


def _image_url(block: Part) -> Part:
    inner = block.get("image_url")
    return {"type": "image_url", "image_url": {"url": inner} if isinstance(inner, str) else inner}


def _file(block: Part) -> Part | None:
    where = block.get("source") if isinstance(block.get("source"), dict) else block
    address = _address(where, "application/pdf")
    if address is None:
        return None
    return {"type": "input_file", "file_data" if address.startswith("data:") else "file_url": address}


def _address(where: Any, kind: str) -> str | None:
    """The URL of a source, or a `data:` URL with its bytes."""
    url, data = where.get("url"), where.get("data", where.get("base64"))
    if isinstance(url, str):
        return url
    if isinstance(data, str):
        return f"data:{where.get('media_type') or where.get('mime_type') or kind};base64,{data}"
    return None


_TEXTS = frozenset({"text", "input_text", "output_text"})
_TRANSLATED: dict[str, Callable[[Part], Part | None]] = {
    "image": _image,
    "image_url": _image_url,
    "document": _file,
    "file": _file,
}
