"""Messages of chat completions in the stored form. Many programs keep them: fine-tuning files, agents, small chat programs."""

from __future__ import annotations

from typing import Any

from ..conversations import SourceMessage, call, numbered, output, parsed, reasoning
from .open_calls import OpenCalls

_ROLES = {
    **{name: name for name in ("user", "assistant", "system", "developer", "tool")},
    **dict.fromkeys(("human", "customer"), "user"),
    **dict.fromkeys(("gpt", "ai", "bot", "model", "chatgpt", "bard", "chatbot"), "assistant"),
    **dict.fromkeys(("function", "observation"), "tool"),
}
_EXTRA = ("name", "weight", "refusal")


class ChatMessages:
    """Turns the messages of one conversation, in order. Calls without an id get one, and the next output answers the call."""

    def __init__(self) -> None:
        self._count = 0
        self._unanswered = OpenCalls()

    def of(self, value: dict[str, Any], message_id: str = "") -> list[SourceMessage]:
        """The messages that one message of chat completions becomes: its words, then each of its calls."""
        role = role_of(value.get("role"))
        content = value.get("content")
        if role == "tool":
            return numbered(message_id, [self._output(value, content)])
        found: list[SourceMessage] = []
        thoughts = value.get("reasoning_content")
        if isinstance(thoughts, str) and thoughts:
            found.append(reasoning("", [], [thoughts]))
        found += self._parts(role, content)
        calls = [one for one in value.get("tool_calls") or () if isinstance(one, dict)]
        if isinstance(value.get("function_call"), dict):
            calls.append({"function": value["function_call"]})
        found += [self._call(one) for one in calls]
        if not found and isinstance(value.get("refusal"), str):
            found = [SourceMessage("", role, [{"type": "refusal", "refusal": value["refusal"]}])]
        for message in found[:1]:
            message.meta_data = {name: value[name] for name in _EXTRA if value.get(name) is not None}
        return numbered(message_id, found)

    def _parts(self, role: str, content: Any) -> list[SourceMessage]:
        """The words of a message, with the reasoning and the calls that some programs keep among its parts."""
        if not isinstance(content, list):
            return [SourceMessage("", role, content)] if isinstance(content, str) and content else []
        found: list[SourceMessage] = []
        said: list[dict[str, Any]] = []
        for part in content:
            one = {"type": "text", "text": part} if isinstance(part, str) else part
            text = one.get("text", one.get("value"))
            match one.get("type"):
                case "reasoning" | "thinking":
                    found.append(reasoning("", [], [str(text or one.get("thinking") or "")]))
                case "tool_call" if isinstance(text, (str, dict)):
                    found.append(self._call({"function": text}))
                case "text" if isinstance(text, str):
                    said.append({"type": "text", "text": text})
                case _:
                    said.append(one)
        if len(said) == 1 and said[0].get("type") == "text":
            return [*found, SourceMessage("", role, said[0]["text"])]
        return [*found, SourceMessage("", role, said)] if said else found

    def _call(self, value: dict[str, Any]) -> SourceMessage:
        function = value.get("function") or value.get("custom") or value
        if isinstance(function, str):
            function = _parsed(function)
        self._count += 1
        call_id = str(value.get("id") or f"call_{self._count}")
        self._unanswered.add(call_id)
        arguments = function.get("arguments", function.get("input", function.get("args")))
        return call("", call_id, str(function.get("name") or "unknown"), arguments)

    def _output(self, value: dict[str, Any], content: Any) -> SourceMessage:
        call_id = value.get("tool_call_id")
        if call_id is None:
            call_id = self._unanswered.first()
        self._unanswered.close(str(call_id))
        name = value.get("name") if isinstance(value.get("name"), str) else None
        if call_id is None:
            return SourceMessage("", "tool", content if isinstance(content, str) else str(content), tool_id=name)
        return output("", str(call_id), content, tool_id=name)


def role_of(role: Any) -> str:
    """The role in OpenAI's words; `unknown` for any other."""
    return _ROLES.get(str(role).lower(), "unknown")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = parsed(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"name": "unknown", "arguments": text}
