"""A text is no number for a service in process, as in a JSON body. Only query strings hold numbers as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_history

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

TEXT: Any = "2"


async def test_services_refuse_numbers_as_texts(shared_keep: Threadkeep) -> None:
    thread_id, messages = await make_history(shared_keep, 3)
    service, threads = shared_keep.message_service, shared_keep.thread_service

    for field, call in (
        ("limit", service.list_messages(thread_id, limit=TEXT)),
        ("limit", threads.find_threads(limit=TEXT)),
        ("limit", shared_keep.user_service.list_users(limit=TEXT)),
        ("limit", shared_keep.audit_service.list_entries(limit=TEXT)),
        ("max_tokens", service.context(thread_id, TEXT)),
        ("after_seq", service.truncate_messages(thread_id, TEXT)),
        ("after_seq", service.commit_turn(thread_id, [{"content": "x"}], after_seq=TEXT)),
        ("expected_seq", service.create_message(thread_id, "x", expected_seq=TEXT)),
        ("expected_revision", threads.update_thread(thread_id, title="x", expected_revision=TEXT)),
    ):
        with pytest.raises(InvalidInput, match=f"{field}: must be a") as refused:
            await call
        assert refused.value.status == 422
    assert await service.list_messages(thread_id, limit=3) == messages
