"""Content blocks in Anthropic's words in the stored form. Claude.ai, Claude Code and LangChain keep such blocks."""

from __future__ import annotations

from typing import Any

from ..conversations import SourceMessage, bookkeeping, call, client_id_of, output, reasoning
from .open_calls import OpenCalls

_NOT_SAID = frozenset({"token_budget", "flag"})


class Blocks:
    """Turns the blocks of one conversation, in order. Results without the id of their call answer the first open one."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._open = OpenCalls()

    def of(self, name: str, role: str, blocks: list[Any]) -> list[SourceMessage]:
        """The messages that the blocks of one message become. Texts that follow each other are one message."""
        found: list[SourceMessage] = []
        said: list[dict[str, Any]] = []
        name = client_id_of(name)
        for index, block in enumerate(blocks):
            one = {"type": "text", "text": block} if isinstance(block, str) else block
            part = _part(one, role)
            if part is not None:
                said += [part] if part.get("text") != "" else []
                continue
            if one.get("type") in _NOT_SAID:
                continue
            found += _message(role, said)
            said = []
            found.append(self._other(f"{name}/{index}", one))
        return [*found, *_message(role, said)]

    def _other(self, place: str, block: dict[str, Any]) -> SourceMessage:
        kind = str(block.get("type"))
        if kind in ("thinking", "redacted_thinking"):
            return _reasoning(block)
        if kind.endswith("tool_use"):
            call_id = str(block.get("id") or place)
            name = str(block.get("name") or "unknown")
            self._open.add(call_id, name)
            return call("", call_id, name, block.get("input"))
        if kind.endswith("tool_result"):
            return self._result(block)
        return bookkeeping("", f"{self._source}.{kind}"[:64], block)

    def _result(self, block: dict[str, Any]) -> SourceMessage:
        name = block.get("name")
        call_id = block.get("tool_use_id") or self._open.first(name)
        content = _result_content(block.get("content"))
        tool = self._open.close(str(call_id)) or name
        if call_id is None:
            return SourceMessage("", "tool", content, tool_id=name if isinstance(name, str) else None)
        found = output("", str(call_id), content, tool_id=tool if isinstance(tool, str) else None)
        if block.get("is_error"):
            found.meta_data = {"is_error": True}
        return found


def _reasoning(block: dict[str, Any]) -> SourceMessage:
    summaries = [
        str(one["summary"]) for one in block.get("summaries") or () if isinstance(one, dict) and one.get("summary")
    ]
    text = block.get("thinking")
    found = reasoning("", summaries, [text] if isinstance(text, str) and text else [])
    kept = {name: block[name] for name in ("signature", "data") if block.get(name)}
    found.item = {**(found.item or {}), **kept}
    return found


def _message(role: str, said: list[dict[str, Any]]) -> list[SourceMessage]:
    if not said:
        return []
    if all(part["type"] == "text" for part in said):
        return [SourceMessage("", role, "\n\n".join(part["text"] for part in said))]
    return [SourceMessage("", role, said)]


def _part(block: dict[str, Any], role: str) -> dict[str, Any] | None:
    """A block with words, an image or a file as a part in OpenAI's words; None for any other block."""
    source = block.get("source") if isinstance(block.get("source"), dict) else {}
    match block.get("type"):
        case "text" | "input_text" | "output_text" if isinstance(block.get("text"), str):
            return {"type": "text", "text": block["text"]}
        case "image" | "document" as kind if source:
            return _file(source, kind)
        case "image_url" | "input_image" | "input_file" if role != "tool":
            return block
        case _:
            return None


def _file(source: dict[str, Any], kind: str) -> dict[str, Any]:
    url = source.get("url") or f"data:{source.get('media_type')};base64,{source.get('data', '')}"
    if source.get("file_id"):
        return {"type": "input_image" if kind == "image" else "input_file", "file_id": source["file_id"]}
    if kind == "image":
        return {"type": "input_image", "image_url": url, "detail": "auto"}
    return {"type": "input_file", "file_data": url}


def _result_content(content: Any) -> Any:
    """The text of a result; its parts if it holds more than text; else the value itself."""
    if not isinstance(content, list):
        return content
    parts = [_part(block, "tool") if isinstance(block, dict) else None for block in content]
    if not parts or any(part is None for part in parts):
        return content
    known = [part for part in parts if part is not None]
    if all(part["type"] == "text" for part in known):
        return "\n\n".join(part["text"] for part in known)
    return [{**part, "type": "input_text"} if part["type"] == "text" else part for part in known]
