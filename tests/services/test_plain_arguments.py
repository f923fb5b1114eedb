"""Values that clients send in a JSON body keep their types: a text is no number and no flag. Query strings hold only texts."""

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
        ("after_seq", service.commit_turn(thread_id, [{"content": "x"}], after_seq=TEXT)),
        ("expected_seq", service.create_message(thread_id, "x", expected_seq=TEXT)),
        ("expected_revision", threads.update_thread(thread_id, title="x", expected_revision=TEXT)),
    ):
        with pytest.raises(InvalidInput, match=f"{field}: must be a") as refused:
            await call
        assert refused.value.status == 422
    assert await service.list_messages(thread_id, limit=3) == messages


@pytest.mark.parametrize("flag", ["true", "yes", 1, 0, "", []])
async def test_services_refuse_other_values_than_true_and_false_as_flags(shared_keep: Threadkeep, flag: Any) -> None:
    thread_id, _ = await make_history(shared_keep, 1)
    threads = shared_keep.thread_service

    with pytest.raises(InvalidInput, match="pinned"):
        await threads.update_thread(thread_id, pinned=flag)
