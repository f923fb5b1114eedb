"""Conversations in a neutral form, and how each API writes and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Fact = tuple[Any, ...]
"""`("user", text)`, `("assistant", text)`, `("call", id, name, arguments)` or `("output", id, text or parts)`."""

OF_TOOL = "[{'type': 'text', 'text': '[Output of the tool"
SHOWN_BELOW = "[image: the next message of the user]"
IMAGE = "https://example.com/a.png"


@dataclass(frozen=True)
class Words:
    """A message of a role. `image` is the address of an image beside the text."""

    role: str
    text: str
    image: str | None = None


@dataclass(frozen=True)
class Calls:
    """An assistant's words and its calls, which it made at once: ids and names."""

    text: str
    calls: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Output:
    """The output of a call. `image` is the address of an image beside the text."""

    call_id: str
    text: str
    image: str | None = None


@dataclass(frozen=True)
class Item:
    """An item that only items can express."""

    item: dict[str, Any]


Step = Words | Calls | Output | Item
CITY = '{"city": "Rome"}'
REASONING = {"type": "reasoning", "id": "rs_68aa", "summary": [{"type": "summary_text", "text": "Hmm."}]}
SEARCH = {
    "type": "web_search_call",
    "id": "ws_68aa",
    "action": {"type": "search", "query": "Rome"},
    "status": "completed",
}

SHAPES: dict[str, list[Step]] = {
    "text": [Words("user", "Hello"), Words("assistant", "Hi!"), Words("user", '[{"function": "x"}]')],
    "json answers": [Words("assistant", '[{"function":"f(x)=x^2","derivative":"2x"}]')],
    "words and a call": [Words("user", "?"), Calls("Let me look.", (("call_1", "weather"),)), Output("call_1", "22")],
    "a call": [Calls("", (("call_1", "weather"),)), Output("call_1", "22"), Words("assistant", "22 degrees.")],
    "parallel calls": [
        Words("user", "?"),
        Calls("Both.", (("a", "weather"), ("b", "clock"))),
        Output("a", "22"),
        Output("b", "noon"),
        Words("assistant", "Done."),
    ],
    "parallel calls without words": [
        Calls("", (("a", "x"), ("b", "y"), ("c", "z"))),
        *(Output(one, one) for one in "abc"),
    ],
    "ids that repeat": [
        Words("user", "1"),
        Calls("", (("a", "x"),)),
        Output("a", "1"),
        Words("user", "2"),
        Calls("", (("a", "x"),)),
        Output("a", "2"),
    ],
    "an output with an image": [Calls("", (("a", "look"),)), Output("a", "A cat:", IMAGE)],
    "an image": [Words("user", "What is this?", IMAGE), Words("assistant", "A cat.")],
    "developer": [Words("developer", "Be brief."), Words("system", "Be kind."), Words("user", "Hello")],
    "platform": [Words("platform", "Be kind."), Words("user", "Hello")],
    "reasoning and hosted calls": [Words("user", "?"), Item(REASONING), Item(SEARCH), Words("assistant", "Rome.")],
}


def facts_of(shape: list[Step]) -> list[Fact]:
    """Return the facts that every reader of chat messages must see."""
    found: list[Fact] = []
    for step in shape:
        if isinstance(step, Words):
            role = "system" if step.role == "platform" else step.role
            found.append((role, step.text, *([step.image] if step.image else [])))
        elif isinstance(step, Calls):
            found += [("assistant", step.text)] if step.text else []
            found += [("call", call_id, name, CITY) for call_id, name in step.calls]
        elif isinstance(step, Output):
            found.append(("output", step.call_id, step.text, *([step.image] if step.image else [])))
    return found


def content_facts(content: Any) -> tuple[Any, ...]:
    """Return the text of a content, and the addresses of its images."""
    if isinstance(content, str):
        return (content,)
    texts, images = [], []
    for part in content:
        if part["type"] in ("text", "input_text", "output_text"):
            texts.append(part["text"])
        else:
            image = part["image_url"]
            images.append(image["url"] if isinstance(image, dict) else image)
    return ("".join(texts), *images)


def chat_facts(history: list[dict[str, Any]]) -> list[Fact]:
    """Return the facts in the messages of chat completions."""
    found: list[Fact] = []
    for entry in history:
        if entry["role"] == "tool":
            text, *images = content_facts(entry["content"])
            found.append(("output", entry["tool_call_id"], text.replace(SHOWN_BELOW, ""), *images))
            continue
        if str(entry["content"]).startswith(OF_TOOL):  # chat completions has no images in outputs
            found[-1] = (*found[-1], *content_facts(entry["content"])[1:])
            continue
        if entry["content"] is not None:
            found.append((entry["role"], *content_facts(entry["content"])))
        called = [(call["id"], call["function"]) for call in entry.get("tool_calls", ())]
        found += [("call", call_id, function["name"], function["arguments"]) for call_id, function in called]
    return found


def item_facts(items: list[dict[str, Any]]) -> list[Fact]:
    """Return the facts in the items of a conversation."""
    found: list[Fact] = []
    for item in items:
        if item["type"] == "message":
            found.append((item["role"], *content_facts(item["content"])))
        elif item["type"] == "function_call":
            found.append(("call", item["call_id"], item["name"], item["arguments"]))
        elif item["type"] == "function_call_output":
            found.append(("output", item["call_id"], *content_facts(item["output"])))
    return found
