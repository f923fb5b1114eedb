"""Renders threads. Each thread is a thread of the Assistants API and a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shapes import as_json

if TYPE_CHECKING:
    from ....records import ThreadRecord


def render_thread(record: ThreadRecord) -> dict[str, Any]:
    """The thread as a thread of the Assistants API."""
    return {
        "id": record["id"],
        "object": "thread",
        "created_at": record["created_at"],
        "metadata": render_metadata(record["meta_data"]),
        "tool_resources": _tool_resources(record["tool_resources"]),
    }


def render_conversation(record: ThreadRecord) -> dict[str, Any]:
    """The thread as a conversation."""
    return {
        "id": record["id"],
        "object": "conversation",
        "created_at": record["created_at"],
        "metadata": render_metadata(record["meta_data"]),
    }


def render_metadata(meta_data: dict[str, Any]) -> dict[str, str]:
    """The metadata as texts. A value of another type, which only the native API accepts, becomes its JSON."""
    for value in meta_data.values():
        if type(value) is not str:
            break
    else:
        return meta_data
    return {name: value if type(value) is str else as_json(value) for name, value in meta_data.items()}


def _tool_resources(stored: dict[str, Any]) -> dict[str, Any]:
    """The ids of files and vector stores. OpenAI has no other tool resources."""
    shown = {}
    for tool, name in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids")):
        resources = stored.get(tool)
        if isinstance(resources, dict):
            ids = resources.get(name)
            texts = isinstance(ids, list) and all(isinstance(one, str) for one in ids)
            shown[tool] = {name: ids} if texts else {}
    return shown
