"""Makes conversations as ChatGPT exports them."""

from __future__ import annotations

from typing import Any

BEGIN = 1_750_000_000.5


def node(name: str, parent: str | None, message: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """A node of `mapping`. Its links to children are missing, as in some exports."""
    return {name: {"id": name, "parent": parent, "children": [], "message": message} | more}


def message(name: str, role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    """A message with the content type `text`."""
    return {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": BEGIN,
        "content": {"content_type": "text", "parts": [*parts]},
        "status": "finished_successfully",
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
    } | more


def content(kind: str, **fields: Any) -> dict[str, Any]:
    """The content of a message of another content type."""
    return {"content": {"content_type": kind, **fields}}


def chat(*nodes: dict[str, Any], current: str | None = None, **more: Any) -> dict[str, Any]:
    """A conversation. Its current node is the last one, unless another is named."""
    mapping = {name: value for one in ({"root": {"id": "root", "parent": None}}, *nodes) for name, value in one.items()}
    return {
        "title": "Tides",
        "create_time": BEGIN,
        "update_time": BEGIN + 9,
        "mapping": mapping,
        "current_node": current or [*mapping][-1],
        "conversation_id": "6c5fd9b1-0000-4000-8000-000000000001",
        "default_model_slug": "gpt-5",
        "is_archived": False,
    } | more


def line(*turns: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A conversation without branches: role and text of each message. The ids of its messages are m1, m2 …"""
    nodes = []
    parent = "root"
    for number, (role, text) in enumerate(turns, 1):
        nodes.append(node(f"m{number}", parent, message(f"m{number}", role, text)))
        parent = f"m{number}"
    return chat(*nodes, **more)
