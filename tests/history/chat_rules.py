"""The rules of chat completions for `messages`, as its reference states them and as its service refuses requests."""

from __future__ import annotations

from typing import Any

_TEXT_ONLY = {"system": {"text"}, "developer": {"text"}, "assistant": {"text", "refusal"}}


def broken_rules(messages: list[dict[str, Any]]) -> list[str]:
    """Return one sentence for each rule that a list of messages breaks."""
    return [f"{index}: {rule}" for index, message in enumerate(messages) for rule in _broken(messages, index, message)]


def _broken(messages: list[dict[str, Any]], index: int, message: dict[str, Any]) -> list[str]:
    role, content, calls = message.get("role"), message.get("content"), message.get("tool_calls")
    found = []
    if role not in ("user", "assistant", "system", "developer", "tool"):
        found.append(f"the role {role} is unknown")
    if content is None and not (role == "assistant" and calls):
        found.append("null content without calls")
    if not (content is None or isinstance(content, (str, list))) or content == []:
        found.append(f"the content {content!r} is no text and no list of parts")
    kinds = {part.get("type") for part in content} if isinstance(content, list) else set()
    if role in _TEXT_ONLY and not kinds <= _TEXT_ONLY[role]:
        found.append(f"an entry of role {role} has the parts {kinds}")
    if calls is not None:
        found += _broken_calls(messages, index, calls) if role == "assistant" and calls else ["calls of nobody"]
    if role == "tool" and not _follows_its_call(messages, index):
        found.append("an output that does not follow its call")
    return found


def _broken_calls(messages: list[dict[str, Any]], index: int, calls: list[dict[str, Any]]) -> list[str]:
    found = []
    for call in calls:
        inner = call.get(call.get("type", ""), {})
        text = inner.get("arguments" if call.get("type") == "function" else "input")
        if call.get("type") not in ("function", "custom") or not isinstance(call.get("id"), str) or not call["id"]:
            found.append(f"the call {call!r} has no id or type")
        elif not isinstance(inner.get("name"), str) or not isinstance(text, str):
            found.append(f"the call {call!r} has no name or arguments")
    answers = messages[index + 1 : index + 1 + len(calls)]
    if [answer.get("tool_call_id") for answer in answers] != [call.get("id") for call in calls]:
        found.append("calls whose outputs do not follow")
    return found


def _follows_its_call(messages: list[dict[str, Any]], index: int) -> bool:
    before = index - 1
    while before >= 0 and messages[before].get("role") == "tool":
        before -= 1
    calls = messages[before].get("tool_calls") or [] if before >= 0 else []
    return messages[index].get("tool_call_id") in [call["id"] for call in calls]
