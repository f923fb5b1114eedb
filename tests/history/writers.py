"""Writes a shape through one of the ways into Threadkeep. A writer raises `CannotSay` if its API has no words for a step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.history.shapes import CITY, Calls, Item, Output, Step, Words
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from openai import OpenAI

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.factories import ServiceProvider


class CannotSay(Exception):
    """The API has no words for a step."""


def chat_messages(step: Step) -> list[dict[str, Any]]:
    """Return a step as native messages in the form of chat completions."""
    if isinstance(step, Words):
        content: Any = step.text
        if step.image:
            content = [{"type": "text", "text": step.text}, {"type": "image_url", "image_url": {"url": step.image}}]
        return [{"role": step.role, "content": content}]
    if isinstance(step, Calls):
        calls = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": CITY}}
            for call_id, name in step.calls
        ]
        return [{"role": "assistant", "content": step.text or None, "tool_calls": calls}]
    if isinstance(step, Output):
        output: Any = step.text
        if step.image:
            output = [{"type": "text", "text": step.text}, {"type": "image_url", "image_url": {"url": step.image}}]
        return [{"role": "tool", "content": output, "tool_call_id": step.call_id}]
    return [{"type": step.item["type"], "item": step.item}]


def items(step: Step) -> list[dict[str, Any]]:
    """Return a step as items of the Responses API."""
    if isinstance(step, Words):
        content: Any = step.text
        if step.image:
            content = [{"type": "input_text", "text": step.text}, {"type": "input_image", "image_url": step.image}]
        return [{"type": "message", "role": step.role, "content": content}]
    if isinstance(step, Calls):
        words = [{"type": "message", "role": "assistant", "content": step.text}] if step.text else []
        return words + [
            {"type": "function_call", "call_id": call_id, "name": name, "arguments": CITY}
            for call_id, name in step.calls
        ]
    if isinstance(step, Output):
        output: Any = step.text
        if step.image:
            output = [{"type": "input_text", "text": step.text}, {"type": "input_image", "image_url": step.image}]
        return [{"type": "function_call_output", "call_id": step.call_id, "output": output}]
    return [step.item]


async def write_in_chat_form(services: ServiceProvider, thread_id: str, shape: list[Step]) -> None:
    """Write through the services or a client, in the form of chat completions."""
    messages: list[Any] = [message for step in shape for message in chat_messages(step)]
    await services.message_service.create_messages(thread_id, messages)


async def write_as_items(services: ServiceProvider, thread_id: str, shape: list[Step]) -> None:
    """Write through the services or a client, each item natively."""
    for item in [item for step in shape for item in items(step)]:
        if item["type"] == "message":
            await services.message_service.create_message(thread_id, item["content"], item["role"])
        else:
            await services.message_service.create_message(thread_id, type=item["type"], item=item)


def write_through_openai(sdk: OpenAI, thread_id: str, shape: list[Step]) -> None:
    """Write through the unmodified `openai` SDK."""
    if any(isinstance(step, Words) and step.role == "platform" for step in shape):
        raise CannotSay
    sent: Any = [item for step in shape for item in items(step)]
    sdk.conversations.items.create(thread_id, items=sent)


def write_through_original(http: httpx2.Client, thread_id: str, shape: list[Step]) -> None:
    """Write through the routes of the original service, as its SDK does: calls are JSON in the text of an assistant."""
    for step in shape:
        path, message = _original_call(step)
        http.post(path, json={"thread_id": thread_id, "assistant_id": "asst_1", **message}).raise_for_status()


async def write_by_import(keep: Threadkeep, folder: Path, thread_id: str, shape: list[Step], form: str) -> str:
    """Import the shape from a file of another program. Returns the id of the thread that has it."""
    if any(isinstance(step, Words) and step.role == "platform" for step in shape):
        raise CannotSay
    newest_first = [item for step in shape for item in items(step)][::-1]  # as OpenAI lists them
    file: dict[str, Any] = {"conversation": {"id": thread_id}, "items": newest_first}
    if form == "chat":
        if any(isinstance(step, Item) for step in shape):
            raise CannotSay
        file = {"messages": [message for step in shape for message in chat_messages(step)]}
    path = folder / f"{form}.jsonl"
    path.write_text(json.dumps(file))
    report = await import_file(keep, path)
    assert report.problems == []
    return thread_id if form == "items" else (await keep.thread_service.find_threads(limit=1))[0].id


def _original_call(step: Step) -> tuple[str, dict[str, Any]]:
    if isinstance(step, Item) or (isinstance(step, Calls) and step.text):
        raise CannotSay
    [message] = chat_messages(step)
    if isinstance(step, Calls):
        return "/v1/messages/assistant", {"role": "assistant", "content": json.dumps(message["tool_calls"])}
    if not isinstance(message["content"], str):
        raise CannotSay
    return ("/v1/messages/tools" if isinstance(step, Output) else "/v1/messages"), message
