"""Callers of the HTTP APIs, over plain HTTP without a client of Threadkeep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpx2 import Client, Response


class Caller:
    """A caller with or without a key."""

    def __init__(self, http: Client, key: str | None = None) -> None:
        self.http = http
        self.key = key

    def send(self, method: str, path: str, **options: Any) -> Response:
        """Send a request with the key of the caller, unless `headers` contain `authorization`."""
        headers = dict(options.pop("headers", {}))
        if self.key is not None:
            headers.setdefault("authorization", f"Bearer {self.key}")
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **query: Any) -> Response:
        return self.send("GET", path, params=query or None)

    def post(self, path: str, body: object = None, **headers: str) -> Response:
        return self.send("POST", path, json=body, headers=_named(headers))

    def put(self, path: str, body: object = None, **headers: str) -> Response:
        return self.send("PUT", path, json=body, headers=_named(headers))

    def delete(self, path: str, **headers: str) -> Response:
        return self.send("DELETE", path, headers=_named(headers))

    def new_user(self, **fields: Any) -> Person:
        """Create a user with a key. The caller must be an admin."""
        user_id = answered(self.post("/v1/users", {"full_name": "Ada"} | fields))["id"]
        key = answered(self.post(f"/v1/admin/users/{user_id}/keys", {}))["plain_key"]
        return Person(self.http, key, user_id)

    def new_key(self, **fields: Any) -> str:
        """Create a key of any scope. The caller must be an admin."""
        return str(answered(self.post("/v1/admin/keys", fields))["plain_key"])

    def new_thread(self, **fields: Any) -> dict[str, Any]:
        return answered(self.post("/v1/threads", fields))

    def acquaint(self, *people: Person) -> None:
        """Create a thread of these users, so that each may add the others to its threads. The caller must be an admin."""
        self.new_thread(participant_ids=[person.id for person in people], owner_id=people[0].id)

    def new_message(self, thread_id: str, content: str = "Hello", **fields: Any) -> dict[str, Any]:
        return answered(self.post(f"/v1/threads/{thread_id}/messages", {"content": content} | fields))

    def new_messages(self, thread_id: str, *contents: str) -> list[dict[str, Any]]:
        messages = [{"content": content} for content in contents]
        page = answered(self.post(f"/v1/threads/{thread_id}/messages", {"messages": messages}))
        return list(page["data"])


class Person(Caller):
    """A user with a key."""

    def __init__(self, http: Client, key: str, user_id: str) -> None:
        super().__init__(http, key)
        self.id = user_id


def answered(response: Response) -> dict[str, Any]:
    """Return the JSON object of a response that is not an error."""
    assert response.is_success, response.text
    found = response.json()
    assert isinstance(found, dict)
    return found


def problems(response: Response) -> dict[str, str]:
    """Return the type of each problem of a refusal, by the path of its field."""
    return {".".join(map(str, problem["loc"])): problem["type"] for problem in response.json()["detail"]}


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
