"""Renders rows without a database, and reads ChatGPT's export as LibreChat and Open WebUI document it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from threadkeep.transfer.exporter.cursor import ExportPosition, Step, ThreadPiece
from threadkeep.transfer.exporter.renderers import RENDERERS
from threadkeep.transfer.exporter.rendering import FileRendering

if TYPE_CHECKING:
    from collections import Counter

BEGIN = datetime(2026, 1, 5, 10)  # noqa: DTZ001 - as the driver returns dates

HOSTILE = """# Heading
<script>document.title = "pwned"</script><img src=x onerror="document.title='pwned'"><!-- comment
[click](javascript:alert(1)) ![image](http://evil.example/x.png) <http://evil.example> [ref]
[ref]: http://evil.example
Setext
======
> # quoted
- ## listed
$$ formula %% comment
| a | `b | <b>x` |
</section></main><style>body { display: none }</style>
```mermaid
never closed, with ````` inside
"""


def thread_row(name: str = "one", **more: Any) -> Any:
    """A stored thread."""
    return {
        "_id": f"thread_{name}",
        "meta_data": {},
        "message_count": 1,
        "created_at": BEGIN,
        "last_active_at": BEGIN,
    } | more


def message_row(number: int, role: str, content: str, **more: Any) -> Any:
    """A stored message."""
    moment = BEGIN + timedelta(seconds=number)
    return {
        "_id": f"m{number}",
        "seq": number,
        "type": "message",
        "role": role,
        "content": content,
        "created_at": moment,
        "meta_data": {},
        "attachments": [],
    } | more


def rendered(name: str, rows: list[Any], **thread: Any) -> tuple[str, Counter[str]]:
    """One thread in a format, and the counts of things that were left out."""
    renderer = RENDERERS[name]()
    rendering = FileRendering(renderer)
    half = len(rows) // 2
    steps = [
        ThreadPiece(thread_row(**thread), begins=True, messages=rows[:half]),
        ThreadPiece(thread_row(), begins=False, messages=rows[half:]),
    ]
    chunks = [chunk for piece in steps for chunk in rendering.step(Step(ExportPosition(), pieces=[piece]))]
    return b"".join([*chunks, *rendering.finish()]).decode(), +renderer.left_out


def in_librechat(conversation: dict[str, Any]) -> list[tuple[str, str]]:
    """Who speaks and the text of each message, along the parents, as LibreChat imports it."""
    mapping = conversation["mapping"]
    texts, parents = {}, {}
    for name, node in mapping.items():
        message = node["message"]
        if message is None or message["author"]["role"] == "system":
            continue
        assert isinstance(message["metadata"], dict)
        parent = node["parent"]
        while parent and (mapping[parent]["message"] or {}).get("author", {}).get("role") == "system":
            parent = mapping[parent]["parent"]
        parents[name] = parent if parent and mapping[parent]["message"] else None
        content = message["content"]
        parts = content.get("parts")
        text = (
            " ".join(parts)
            if content["content_type"] == "text"
            else content.get("text") or json.dumps(parts or content)
        )
        texts[name] = ("user" if message["author"]["role"] == "user" else "assistant", text)
    assert [*parents.values()] == [None, *texts][:-1] or not texts
    return [*texts.values()]


def in_open_webui(conversation: dict[str, Any]) -> list[tuple[str, str]]:
    """Who speaks and the text of each message, as Open WebUI imports it. It takes the first part of a content only."""
    assert not any(name.isdecimal() for name in conversation["mapping"])
    found: list[tuple[str, str]] = []
    for node in conversation["mapping"].values():
        message = node["message"]
        if not found and message is None:
            continue
        content = message["content"]
        text = (content.get("parts") or [""])[0] or content.get("text") or ""
        assert isinstance(text, str)
        found.append(("user" if message["author"]["role"] == "user" else "assistant", text))
    assert [*conversation["mapping"].values()][-1]["children"] == []
    return found
