"""The routes of turns, with idempotency keys and `If-Match`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer


def test_a_pop_with_an_idempotency_key_pops_once(live_server: LiveServer) -> None:
    headers = {"x-api-key": live_server.admin_key}
    with httpx2.Client(base_url=live_server.url, headers=headers, timeout=30) as http:
        messages = [{"content": text} for text in ("1", "2", "3")]
        thread = http.post("/v1/threads", json={"messages": messages}).json()
        path = f"/v1/threads/{thread['id']}/messages"
        popped = [http.post(f"{path}/pop", headers={"idempotency-key": "k"}) for _ in range(3)]
        stale = http.post(f"{path}/pop", headers={"if-match": '"1.3"'})
        etag = http.get(f"/v1/threads/{thread['id']}").headers["etag"]
        cut = http.delete(path, params={"after_seq": 1}, headers={"if-match": etag})

    assert [answer.json()["content"] for answer in popped] == ["3"] * 3
    assert stale.status_code == 412
    assert cut.json()["message_count"] == 1
    assert cut.headers["etag"] == '"3.3"'
