"""A list in the query string: one value, a JSON list, or the name again and again as the description says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("labels=a", ["1"]),
        ("labels=a&labels=b", ["1", "2"]),
        ("labels=a&labels=b&labels=c", ["1", "2", "3"]),
        ("labels=%5B%22b%22,%22c%22%5D", ["2", "3"]),
    ],
)
def test_threads_are_listed_by_one_or_more_labels(live_server: LiveServer, query: str, found: list[str]) -> None:
    headers = {"x-api-key": live_server.admin_key}
    with httpx2.Client(base_url=live_server.url, headers=headers, timeout=30) as http:
        for title, label in (("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")):
            http.post("/v1/threads", json={"title": title, "labels": [label]}).raise_for_status()
        answer = http.get(f"/v1/threads?{query}").json()
        listed = answer["data"]
        twice = http.get("/v1/threads?limit=1&limit=1")

    assert sorted(thread["title"] for thread in listed) == found
    assert twice.json()["detail"][0]["type"] == "query_duplicate"
