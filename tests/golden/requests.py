"""Requests that are refused, through both API surfaces: together they show every class of error in its JSON form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from threadkeep.tests.routers.routes import ENTRIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

JSON = {"content-type": "application/json"}
UNKNOWN = "x_" + "0" * 22


async def refused_everywhere(http: httpx2.AsyncClient) -> AsyncIterator[httpx2.Response]:
    """Each route with one thing wrong at a time."""
    for entry in ENTRIES:
        if entry.path in {"/healthz", "/readyz"}:
            continue
        url = re.sub(r"\{[^}]+\}", UNKNOWN, entry.path)
        is_json = (
            entry.route.body_field or entry.method == "POST"
        )  # without authentication, a POST must say that it is JSON
        with_body: dict[str, Any] = {"json": {}} if is_json else {}
        yield await http.request(entry.method, url, **with_body)
        yield await http.request(entry.method, f"{url}?nonsense=1", **with_body)
        if "{" in entry.path:
            yield await http.request(entry.method, re.sub(r"\{[^}]+\}", "x" * 300, entry.path), **with_body)
        if entry.route.body_field:
            for content in (b"{", b"[]", b'{"nonsense": 1, "nonsense": 2}', b"\xff", b'{"role": 7, "content": 1}'):
                yield await http.request(entry.method, url, content=content, headers=JSON)
            yield await http.request(entry.method, url, content=b"{}", headers={"content-type": "text/plain"})


async def refused_by_rules(http: httpx2.AsyncClient) -> AsyncIterator[httpx2.Response]:
    """Conflicts, preconditions, rights, limits: errors that depend on the stored documents."""
    made = await http.post("/v1/users", json={"email": "ada@example.org", "full_name": "Ada"})
    user = made.json()["id"]
    yield await http.post("/v1/users", json={"email": "ada@example.org"})
    identity = {"oauth_provider": "github", "provider_user_id": "7"}
    await http.post("/v1/users", json=identity)
    yield await http.post("/v1/users", json=identity)
    yield await http.put(f"/v1/users/{user}", json={})
    yield await http.post("/v1/threads", json={"participant_ids": [user, user, "user_nobody"]})
    thread = (await http.post("/v1/threads", json={"participant_ids": [user]})).json()["id"]
    messages = f"/v1/threads/{thread}/messages"
    first = (await http.post(messages, json={"content": "one", "client_id": "k"})).json()["id"]
    yield await http.post(messages, json={"content": "two"}, headers={"if-match": '"0-0"'})
    yield await http.post(messages, json={"content": "two"}, headers={"if-match": "nonsense"})
    yield await http.post(messages, json={"messages": [{"content": "a"}, {"content": "b", "client_id": "k"}]})
    await http.post(messages, json={"content": "two"})
    yield await http.post(messages, json={"messages": [{"content": "a", "client_id": "k"}, {"content": "b"}]})
    yield await http.post(messages, json={"content": "x", "meta_data": {"long": "x" * 70_000}})
    yield await http.post(messages, json={"content": "x", "role": "nobody"})
    yield await http.get(messages, params={"after": UNKNOWN})
    yield await http.get(messages, params={"limit": "0"})
    yield await http.put(f"/v1/messages/{first}", json={"status": "nonsense"})
    yield await http.put(f"/v1/messages/{first}", json={"content": "y"}, headers={"if-match": '"9"'})
    yield await http.post("/v1/admin/keys", json={"scope": "user"})
    yield await http.post("/v1/admin/keys", json={"scope": "admin"}, headers={"idempotency-key": "a"})
    yield await http.post("/v1/admin/keys", json={"scope": "service"}, headers={"idempotency-key": "a"})
    conversation = (await http.post("/openai/v1/conversations", json={})).json()["id"]
    items = f"/openai/v1/conversations/{conversation}/items"
    yield await http.get(items, params={"after": UNKNOWN})
    yield await http.post(items, json={"items": [{"type": "nonsense"}]})
    yield await http.post(items, json={"items": [{"type": "message", "role": "user", "content": 7}]})
    yield await http.post("/openai/v1/threads", json={"messages": [{"role": "nobody", "content": "x"}]})
    yield await http.post("/openai/v1/threads", json={"metadata": {"k": 1}})
    yield await http.get("/nothing/here")
    yield await http.patch("/v1/threads")
