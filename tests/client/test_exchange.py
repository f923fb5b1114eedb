from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from threadkeep.client import keys, messages, model_histories, threads, users
from threadkeep.client.exchange import request_for
from threadkeep.client.options import Options, full_jitter

if TYPE_CHECKING:
    from threadkeep.client.call import Call

OPTIONS = Options.given("http://host/base/", "tk_key", timeout=1, max_retries=0, backoff=full_jitter)
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
USER = {"email_verified": False, "oauth_provider": "local"}
FOUND = (
    "GET /v1/threads?participant=user_1&owner=user_2&meta_data=%7B%22a.b%22%3A%22%C3%BC%22%7D"
    "&created_after=2026-01-01T12%3A00%3A00%2B02%3A00&active_before=2026-01-01T12%3A00%3A00%2B00%3A00&sort=created"
)

CHOICES = "include_incomplete=true&unanswered=mark&use_summaries=true&shorten_outputs=true"
CALLS: list[tuple[Call[Any], str, object]] = [
    (users.create_user(), "POST /v1/users", USER),
    (users.create_user(name="Ada"), "POST /v1/users", USER | {"full_name": "Ada"}),
    (
        users.create_user(name="Ada", full_name="Ada Lovelace", email_verified=None),
        "POST /v1/users",
        USER | {"full_name": "Ada Lovelace", "email_verified": None},
    ),
    (users.get_user("user_1"), "GET /v1/users/user_1", None),
    (users.list_users(), "GET /v1/users?order=desc", None),
    (
        users.list_users(5, after="user_1", before="user_2", order="asc", email="a+b@c.d"),
        "GET /v1/users?limit=5&after=user_1&before=user_2&order=asc&email=a%2Bb%40c.d",
        None,
    ),
    (users.iter_users(email="a@b"), "GET /v1/users?limit=100&order=desc&email=a%40b", None),
    (users.update_user("user_1", email=None, name="A"), "PUT /v1/users/user_1", {"email": None, "name": "A"}),
    (users.delete_user("user_1"), "DELETE /v1/users/user_1", None),
    (threads.create_thread(), "POST /v1/threads", {}),
    (
        threads.create_thread(("user_1",), {}, {}, ({"content": "Hi"},), owner_id="user_1"),
        "POST /v1/threads",
        {
            "participant_ids": ["user_1"],
            "meta_data": {},
            "tool_resources": {},
            "messages": [{"content": "Hi"}],
            "owner_id": "user_1",
        },
    ),
    (threads.get_thread("thread_1"), "GET /v1/threads/thread_1", None),
    (threads.list_threads("user_1"), "GET /v1/users/user_1/threads", None),
    (threads.list_threads("user_1", limit=3), "GET /v1/users/user_1/threads?limit=3", None),
    (threads.find_threads(), "GET /v1/threads", None),
    (
        threads.find_threads(
            "user_1",
            "user_2",
            {"a.b": "ü"},
            created_after=NOON,
            active_before=NOON.replace(tzinfo=None),
            sort="created",
        ),
        FOUND,
        None,
    ),
    (threads.iter_threads(limit=7, order="asc"), "GET /v1/threads?limit=7&order=asc", None),
    (threads.update_thread("thread_1", meta_data={"a": None}), "PUT /v1/threads/thread_1", {"meta_data": {"a": None}}),
    (threads.update_thread("thread_1", participant_ids=()), "PUT /v1/threads/thread_1", {"participant_ids": []}),
    (threads.update_metadata("thread_1", {}), "PUT /v1/threads/thread_1/metadata", {}),
    (threads.delete_thread("thread_1"), "DELETE /v1/threads/thread_1", None),
    (messages.create_message("thread_1"), "POST /v1/threads/thread_1/messages", {"content": ""}),
    (
        messages.create_message(
            "thread_1",
            [{"type": "text"}],
            "assistant",
            sender_id="s",
            assistant_id="a",
            run_id="r",
            tool_id="t",
            tool_call_id="c",
            tool_calls=[],
            attachments=[],
            status="incomplete",
            incomplete_details={},
            meta_data={},
            client_id="k",
        ),
        "POST /v1/threads/thread_1/messages",
        {
            "content": [{"type": "text"}],
            "role": "assistant",
            "sender_id": "s",
            "assistant_id": "a",
            "run_id": "r",
            "tool_id": "t",
            "tool_call_id": "c",
            "tool_calls": [],
            "attachments": [],
            "status": "incomplete",
            "incomplete_details": {},
            "meta_data": {},
            "client_id": "k",
        },
    ),
    (
        messages.create_messages("thread_1", ({"content": "Hi"},)),
        "POST /v1/threads/thread_1/messages",
        {"messages": [{"content": "Hi"}]},
    ),
    (
        messages.submit_tool_output("thread_1", "42", tool_call_id="call_1"),
        "POST /v1/threads/thread_1/messages",
        {"content": "42", "role": "tool", "tool_call_id": "call_1"},
    ),
    (messages.get_message("message_1"), "GET /v1/messages/message_1", None),
    (messages.get_message("message_1", thread_id="t"), "GET /v1/threads/t/messages/message_1", None),
    (messages.list_messages("thread_1"), "GET /v1/threads/thread_1/messages?limit=1000&order=asc", None),
    (
        messages.list_messages(
            "thread_1", 3, after="a", before="b", order="desc", run_id="r", role="user", sender_id="s"
        ),
        "GET /v1/threads/thread_1/messages?limit=3&after=a&before=b&order=desc&run_id=r&role=user&sender_id=s",
        None,
    ),
    (
        messages.iter_messages("thread_1", role="user"),
        "GET /v1/threads/thread_1/messages?limit=1000&order=asc&role=user",
        None,
    ),
    (messages.update_message("message_1", content=""), "PUT /v1/messages/message_1", {"content": ""}),
    (messages.delete_message("message_1"), "DELETE /v1/messages/message_1", None),
    (messages.delete_message("message_1", thread_id="t"), "DELETE /v1/threads/t/messages/message_1", None),
    (model_histories.get_formatted_messages("thread_1"), "GET /v1/threads/thread_1/formatted_messages", None),
    (
        model_histories.add_summary("thread_1", "So far", upto_seq=9, client_id="s1", expected_seq=12),
        "POST /v1/threads/thread_1/summaries",
        {"client_id": "s1", "text": "So far", "from_seq": 1, "upto_seq": 9},
    ),
    (
        model_histories.context("thread_1", 500, format="anthropic", shorten_outputs=True),
        f"GET /v1/threads/thread_1/context?max_tokens=500&format=anthropic&counter=estimate&{CHOICES}",
        None,
    ),
    (keys.create_key(), "POST /v1/admin/keys", {"scope": "service"}),
    (keys.create_key("user", user_id="user_1", key_name="k"), "POST /v1/users/user_1/apikeys", {"key_name": "k"}),
    (keys.create_key("user"), "POST /v1/admin/keys", {"scope": "user"}),
    (keys.create_key("admin", expires_in_days=1), "POST /v1/admin/keys", {"scope": "admin", "expires_in_days": 1}),
    (keys.list_keys(), "GET /v1/admin/keys", None),
    (keys.list_keys("user_1"), "GET /v1/users/user_1/apikeys", None),
    (keys.list_keys(include_inactive=False), "GET /v1/admin/keys?include_inactive=false", None),
    (keys.get_key("tk_1", user_id="user_1"), "GET /v1/users/user_1/apikeys/tk_1", None),
    (keys.revoke_key("tk_1"), "DELETE /v1/admin/keys/tk_1", None),
    (keys.revoke_key("tk_1", user_id="user_1"), "DELETE /v1/users/user_1/apikeys/tk_1", None),
]


@pytest.mark.parametrize(
    ("call", "line", "body"), CALLS, ids=[f"{number}: {line}" for number, (_, line, _) in enumerate(CALLS)]
)
def test_a_request_contains_the_given_parameters_and_no_others(call: Call[Any], line: str, body: object) -> None:
    request = request_for(call, OPTIONS)

    assert f"{request.method} {request.url}" == line.replace(" ", " http://host/base", 1)
    assert (request.content and orjson.loads(request.content)) == body
    assert ("Content-Type" in request.headers) == (body is not None)
    assert ("Idempotency-Key" in request.headers) == (request.method != "GET")
    assert request.headers["Authorization"] == "Bearer tk_key"


@pytest.mark.parametrize(
    ("call", "if_match"),
    [
        (messages.create_message("t", expected_seq=0), '"*.0"'),
        (messages.create_messages("t", [], expected_seq=17), '"*.17"'),
        (threads.update_thread("t", expected_revision=2), '"2.*"'),
        (threads.update_metadata("t", {}, expected_revision=3), '"3.*"'),
        (messages.update_message("m", expected_revision=4), '"4"'),
        (messages.update_message("m"), None),
    ],
)
def test_an_expected_number_or_revision_is_sent_as_if_match(call: Call[Any], if_match: str | None) -> None:
    assert request_for(call, OPTIONS).headers.get("If-Match") == if_match
