"""A thread with its messages, as people read it on a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .terminal import say, say_lines

if TYPE_CHECKING:
    from ..records import MessageRecord, ThreadRecord


def say_transcript(thread: ThreadRecord, messages: list[MessageRecord]) -> None:
    """Print the facts of a thread, and then each message with all its lines."""
    say(f"{thread.id}: {thread.message_count:,} messages, owner {thread.owner_id or 'nobody'}")
    say(f"created {moment(thread.created_at)}, last active {moment(thread.last_active_at)} (UTC)")
    for message in messages:
        say("")
        say(f"{message.seq}  {moment(message.created_at)}  {message.role}  {sender(message)}".rstrip())
        say_lines("\n".join(f"  {line}" for line in content(message).splitlines()))


def moment(seconds: int) -> str:
    """A time in UTC, such as 2026-11-02 09:00:00."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def sender(message: MessageRecord) -> str:
    """The id of the user or assistant that wrote the message. Empty if none is known."""
    return str(message.sender_id or message.assistant_id or "")


def content(message: MessageRecord) -> str:
    """The text of a message. Parts that are no text, tool calls without text, and items are named by their type."""
    parts = message.content
    texts = [text for text in ([parts] if isinstance(parts, str) else map(_part, parts)) if text]
    is_item = message.type != "message"
    if not (is_item and texts):
        texts += [f"[calls {_tool(call)}]" for call in message.get("tool_calls", ())]
    if is_item and not (texts and (message.role == "tool" or message.get("tool_calls"))):
        texts.append(f"[{message.type}]")
    return "\n".join(texts)


def _part(part: dict[str, Any]) -> str:
    text = part.get("text")
    value = text.get("value") if isinstance(text, dict) else text
    return value if isinstance(value, str) else f"[{part.get('type')}]"


def _tool(call: dict[str, Any]) -> str:
    function = call.get("function")
    return str(function.get("name") if isinstance(function, dict) else call.get("type"))
