"""Writes conversations in each format that an import reads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Said(NamedTuple):
    """A message of a conversation."""

    id: str
    parent: str | None
    role: str
    text: str
    time: int


Conversations = Sequence[tuple[str, list[Said]]]
"""The key and the messages of each conversation."""
Writer = Callable[[Conversations], bytes]
_Convert = Callable[[str, list[Said]], Any]


def _lines(values: list[Any]) -> bytes:
    return "\n".join(map(json.dumps, values)).encode()


def _chatgpt(key: str, said: list[Said]) -> Any:
    mapping = {
        one.id: {
            "id": one.id,
            "parent": one.parent,
            "message": {
                "author": {"role": one.role},
                "create_time": one.time,
                "content": {"content_type": "text", "parts": [one.text]},
            },
        }
        for one in said
    }
    return {"conversation_id": key, "current_node": said[-1].id, "mapping": mapping}


def _claude(key: str, said: list[Said]) -> Any:
    listed = [{"uuid": one.id, "parent_message_uuid": one.parent, "sender": one.role, "text": one.text} for one in said]
    return {"uuid": key, "name": "n", "chat_messages": listed}


def _librechat(key: str, said: list[Said]) -> list[Any]:
    return [
        {
            "conversationId": key,
            "messageId": one.id,
            "parentMessageId": one.parent,
            "sender": one.role,
            "text": one.text,
        }
        for one in said
    ]


def _open_webui(key: str, said: list[Said]) -> Any:
    messages = {one.id: {"role": one.role, "parentId": one.parent, "content": one.text} for one in said}
    return {"id": key, "chat": {"history": {"messages": messages, "currentId": said[-1].id}}}


def _langchain(key: str, said: list[Said]) -> list[Any]:
    return [
        {"SessionId": key, "History": json.dumps({"type": one.role, "data": {"id": one.id, "content": one.text}})}
        for one in said
    ]


def _openai_agents(key: str, said: list[Said]) -> list[Any]:
    return [
        {
            "session_id": key,
            "seq": n,
            "message_data": [json.dumps({"role": one.role, "content": one.text, "id": one.id})],
        }
        for n, one in enumerate(said)
    ]


def _turns(said: list[Said]) -> list[Any]:
    return [{"id": one.id, "role": one.role, "content": one.text} for one in said]


def _langgraph(key: str, said: list[Said]) -> Any:
    messages = [{"type": "human", "id": one.id, "content": one.text} for one in said]
    return {"thread_id": key, "created_at": "2026", "values": {"messages": messages}}


def _claude_code(key: str, said: list[Said]) -> list[Any]:
    return [
        {
            "sessionId": key,
            "type": one.role,
            "uuid": one.id,
            "parentUuid": one.parent,
            "message": {"content": [{"type": "text", "text": one.text}]},
        }
        for one in said
    ]


def _codex(key: str, said: list[Said]) -> list[Any]:
    items = [{"type": "message", "id": one.id, "role": one.role, "content": one.text} for one in said]
    return [
        {"type": "session_meta", "payload": {"id": key}},
        *({"type": "response_item", "payload": item} for item in items),
    ]


def _google_adk(key: str, said: list[Said]) -> Any:
    events = [{"id": one.id, "author": one.role, "content": {"parts": [{"text": one.text}]}} for one in said]
    return {"id": key, "appName": "a", "userId": "u", "events": events}


def _ai_sdk(key: str, said: list[Said]) -> Any:
    messages = [{"id": one.id, "role": one.role, "parts": [{"type": "text", "text": one.text}]} for one in said]
    return {"id": key, "messages": messages}


def _gemini(key: str, said: list[Said]) -> Any:
    chunks = [{"role": one.role, "text": one.text} for one in said]
    return {"chunkedPrompt": {"chunks": [{"role": "user", "text": key}, *chunks]}}


def _grok(key: str, said: list[Said]) -> Any:
    responses = [
        {"response": {"_id": one.id, "parent_response_id": one.parent, "sender": one.role, "message": one.text}}
        for one in said
    ]
    return {"conversation": {"id": key}, "responses": responses}


def _assistants(key: str, said: list[Said]) -> list[Any]:
    return [
        {
            "object": "thread.message",
            "thread_id": key,
            "id": one.id,
            "role": one.role,
            "content": one.text,
            "created_at": one.time,
        }
        for one in said
    ]


def _items(key: str, said: list[Said]) -> Any:
    items = [{"type": "message", "id": one.id, "role": one.role, "content": one.text} for one in said]
    return {"conversation": {"id": key}, "items": items}


def _own(key: str, said: list[Said]) -> Any:
    messages = [{"id": one.id, "role": one.role, "content": one.text, "created_at": one.time} for one in said]
    return {"thread": {"id": key}, "messages": messages}


def _chatbox(conversations: Conversations) -> bytes:
    sessions = {f"session:{key}": _chatbox_session(key, said) for key, said in conversations}
    return json.dumps({"settings": {}, "chat-sessions-list": [], **sessions}).encode()


def _chatbox_session(key: str, said: list[Said]) -> Any:
    lists: dict[str | None, list[Any]] = {None: []}
    """The list that a message with this parent continues."""
    forks: dict[str, Any] = {}
    shown = lists[None]
    for one in said:
        following = lists.pop(one.parent, None) if one.parent else shown
        if following is None:
            following = []
            forks.setdefault(str(one.parent), {"position": 0, "lists": []})["lists"].append({"messages": following})
        following.append({"id": one.id, "role": one.role, "contentParts": [{"type": "text", "text": one.text}]})
        lists[one.id] = following
    return {"id": key, "name": "n", "messages": shown, "messageForksHash": forks}


def _copilot(conversations: Conversations) -> bytes:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["Conversation", "Time", "Author", "Message"])
    for key, said in conversations:
        rows.writerows([key, "2026-01-01T00:00:00", one.role, one.text.replace("\0", "")] for one in said)
    return file.getvalue().encode("utf-8", "replace")


def _each(convert: _Convert) -> Writer:
    """A list of conversations."""
    return lambda conversations: json.dumps([convert(*one) for one in conversations]).encode()


def _each_line(convert: _Convert) -> Writer:
    """A conversation in each line."""
    return lambda conversations: _lines([convert(*one) for one in conversations])


def _rows(convert: _Convert) -> Writer:
    """A message in each line."""
    return lambda conversations: _lines([row for one in conversations for row in convert(*one)])


def _below(name: str, convert: _Convert, **more: Any) -> Writer:
    """An object whose member has the conversations."""
    return lambda conversations: json.dumps({**more, name: [convert(*one) for one in conversations]}).encode()


WRITERS: dict[str, Writer] = {
    "chatgpt": _each(_chatgpt),
    "claude-ai": _each(_claude),
    "librechat": _rows(_librechat),
    "open-webui": _each(_open_webui),
    "langchain": _rows(_langchain),
    "openai-agents": _rows(_openai_agents),
    "chat-rows": _each_line(lambda key, said: {"id": key, "messages": _turns(said)}),
    "langgraph": _each_line(_langgraph),
    "claude-code": _rows(_claude_code),
    "codex": _rows(_codex),
    "google-adk": _each_line(_google_adk),
    "ai-sdk": _each_line(_ai_sdk),
    "llama-index": lambda conversations: json.dumps(
        {"store": {key: _turns(said) for key, said in conversations}}
    ).encode(),
    "copilot": _copilot,
    "gemini": _each_line(_gemini),
    "agno": _each_line(lambda key, said: {"session_id": key, "runs": [{"messages": _turns(said)}]}),
    "grok": _below("conversations", _grok),
    "chatbot-ui": _below("history", lambda key, said: {"id": key, "messages": _turns(said)}, version=4),
    "chatbox": _chatbox,
    "openai-assistants": _rows(_assistants),
    "openai-conversations": _each_line(_items),
    "threadkeep": _each_line(_own),
}
