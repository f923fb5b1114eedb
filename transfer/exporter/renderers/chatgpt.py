"""ChatGPT's export, `conversations.json`: an array of conversations, each a tree of messages.

LibreChat and Open WebUI import it too. Their readers, and ours, ask for more than the format says. The nodes stand in the
order of the path, and no name of a node is a number. The first part of a content is a text, and `metadata` is an object.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ....history import CallGroup, turns_of
from ....stored_json import as_json
from .base import PartRenderer, model_of, text_pieces, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ....documents import MessageRow, ThreadRow
    from ....history import Content, Entry

_SOURCE = "chatgpt"
_ROOT = "client-created-root"
_KINDS = {"call": "assistant", "reasoning": "assistant", "output": "tool"}
_ROLES = {"user": "user", **dict.fromkeys(("system", "developer", "platform"), "system")}
Node = dict[str, Any]


class ChatGPT(PartRenderer):
    """One array. A thread without messages that the format can hold is left out."""

    name = "chatgpt"
    ending = ".json"
    first_bytes = (b'[\n{"title":', b"[\n]")

    def begin(self) -> Iterator[str]:
        """The beginning of the array."""
        self._is_first = True
        yield "[\n"

    def thread(self, thread: ThreadRow) -> Iterator[str]:
        """Begin a thread. Its conversation begins with its first node."""
        self._last: Node | None = None
        yield from super().thread(thread)

    def part(self, thread: ThreadRow, rows: list[MessageRow]) -> Iterator[str]:
        """The nodes of these messages. A node names the next one, so it is written when the next one is known."""
        self._counts: Counter[str] = Counter()
        for entry in _entries(rows):
            message = self._message(entry)
            if message is None:
                continue
            if self._last is None:
                yield from self._begin(thread)
            yield from self._take(message)

    def thread_end(self) -> Iterator[str]:
        """End the conversation."""
        yield from super().thread_end()
        if self._last is None:
            self.left_out["threads without messages"] += 1
            return
        yield f'{_member(self._last)}}},"current_node":{_json(self._last["id"])}}}'

    def end(self) -> Iterator[str]:
        """The end of the array."""
        yield "]\n" if self._is_first else "\n]\n"

    def _begin(self, thread: ThreadRow) -> Iterator[str]:
        meta_data = thread["meta_data"]
        key = (meta_data.get("source") == _SOURCE and meta_data.get("source_id")) or thread["_id"]
        facts = {
            "title": title_of(thread),
            "create_time": _seconds(thread["created_at"]),
            "update_time": _seconds(thread["last_active_at"]),
            "conversation_id": key,
            "id": key,
            "default_model_slug": model_of(thread),
        }
        yield "" if self._is_first else ",\n"
        yield f'{_json(facts)[:-1]},"mapping":{{'
        self._is_first = False
        self._last = {"id": _ROOT, "message": None, "parent": None, "children": []}

    def _take(self, message: Node) -> Iterator[str]:
        node: Node = {"id": _node_name(message["id"]), "message": message, "parent": None, "children": []}
        if self._last is not None:
            self._last["children"] = [node["id"]]
            node["parent"] = self._last["id"]
            yield f"{_member(self._last)},"
        self._last = node

    def _message(self, entry: Entry) -> Node | None:
        row = entry.stored
        content = self._content(entry)
        if content is None:
            self.left_out["bookkeeping items"] += 1
            return None
        role = _KINDS.get(entry.kind) or _ROLES.get(entry.role, "assistant")
        call = entry.call or {}
        inner = call.get("function") or call.get("custom") or {}
        unfinished = row.get("status") in ("incomplete", "in_progress")
        metadata = {"model_slug": model} if (model := model_of(row)) else {}
        attachments = [_attachment(one) for one in row.get("attachments") or () if isinstance(one, dict)]
        return {
            "id": self._id(row),
            "author": {"role": role, "name": row.get("tool_id") if role == "tool" else None, "metadata": {}},
            "create_time": _seconds(row["created_at"]),
            "update_time": None,
            "content": content,
            "status": "in_progress" if unfinished else "finished_successfully",
            "end_turn": None,
            "weight": 1.0,
            "metadata": {**metadata, **({"attachments": attachments} if attachments else {})},
            "recipient": inner.get("name") or "all" if entry.kind == "call" else "all",
        }

    def _id(self, row: Any) -> str:
        """The id of the message in ChatGPT, or its id here. If it becomes several messages, a number follows."""
        is_imported = self._thread["meta_data"].get("source") == _SOURCE
        found: str = row.get("client_id") if is_imported and row.get("client_id") else row["_id"]
        count = self._counts[row["_id"]]
        self._counts[row["_id"]] += 1
        return f"{found}/{count}" if count else found

    def _content(self, entry: Entry) -> Node | None:
        """The content of an entry; None if it is bookkeeping that the format does not have."""
        item = entry.stored.get("item") or {}
        match entry.kind:
            case "call" if entry.is_hosted:
                return _code(entry.stored["content"])
            case "call" if entry.call is not None:
                inner = entry.call.get("function") or entry.call.get("custom") or {}
                return _code(str(inner.get("arguments", inner.get("input", ""))))
            case "reasoning":
                return {"content_type": "thoughts", "thoughts": _thoughts(item, entry.stored["content"])}
            case "other":
                kind = entry.type.removeprefix(f"{_SOURCE}.")
                return {**item, "content_type": kind} if kind != entry.type else None
        return self._said(entry.content, entry.role)

    def _said(self, content: Content, role: str) -> Node | None:
        if role == "unknown":
            return None
        texts, others = text_pieces(content)
        images = [piece for piece in others if "file_id" in piece.fields]
        self.left_out["images, files and sounds"] += len(others) - len(images)
        text = "\n\n".join(texts)
        if not images:
            return {"content_type": "text", "parts": [text]}
        pointers = [
            {
                "content_type": f"{piece.kind}_asset_pointer",
                "asset_pointer": f"file-service://{piece.fields['file_id']}",
            }
            for piece in images
        ]
        return {"content_type": "multimodal_text", "parts": [text, *pointers]}


def _entries(rows: list[MessageRow]) -> Iterator[Entry]:
    """The entries in order. Each output stands directly behind its call, because ChatGPT has no ids of calls."""
    for turn in turns_of(rows):
        for step in turn.steps:
            if not isinstance(step, CallGroup):
                yield step
                continue
            if step.words is not None:
                yield step.words
            for call, output in zip(step.calls, step.outputs, strict=True):
                yield call
                if output is not None:
                    yield output


def _thoughts(item: Node, text: str) -> list[Node]:
    summaries, texts = (_texts(item.get(name)) for name in ("summary", "content"))
    if not summaries and not texts:
        texts = [text]
    length = max(len(summaries), len(texts))
    padded = [[*found, *([""] * (length - len(found)))] for found in (summaries, texts)]
    return [{"summary": summary, "content": content} for summary, content in zip(*padded, strict=True)]


def _texts(parts: Any) -> list[str]:
    if not isinstance(parts, list):
        return []
    return [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]


def _code(text: str) -> Node:
    return {"content_type": "code", "language": "unknown", "text": text}


def _attachment(stored: Node) -> Node:
    names = {"id": stored.get("file_id"), "name": stored.get("name"), "mime_type": stored.get("mime_type")}
    return {name: value for name, value in names.items() if isinstance(value, str)}


def _node_name(message_id: str) -> str:
    """The name of a node. No name is a number: JavaScript moves such names to the front of an object."""
    return f"message_{message_id}" if message_id.isdecimal() else message_id


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


def _member(node: Node) -> str:
    return f"{_json(node['id'])}:{_json(node)}"


def _json(value: Any) -> str:
    return as_json(value).decode()
