"""An error about a limit contains its number, over HTTP and in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from threadkeep.client import Client
from threadkeep.client.responses import error_of
from threadkeep.errors import InvalidInput, TooLarge
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.live_server import LiveServer


def test_an_error_of_the_client_contains_the_number_of_the_limit(live_server: LiveServer) -> None:
    with Client(live_server.url, live_server.admin_key) as client:
        thread = client.thread_service.create_thread()
        with pytest.raises(InvalidInput) as too_long:
            client.message_service.list_messages(thread.id, 1001)
        with pytest.raises(InvalidInput) as too_large:
            client.message_service.create_message(thread.id, "x", meta_data={"a": "x" * 70_000})
        with pytest.raises(InvalidInput) as no_number:
            client.message_service.create_message(thread.id, "x", role="king")  # type: ignore[arg-type]

    assert too_long.value.problems[0].get("ctx") == {"le": 1000}
    assert too_large.value.problems[0].get("ctx") == {"limit": 65536}
    assert "ctx" not in no_number.value.problems[0]


async def test_an_error_in_process_contains_the_number_of_the_limit(keep_in_memory: Threadkeep) -> None:
    thread = await make_thread(keep_in_memory)
    with pytest.raises(InvalidInput) as too_long:
        await keep_in_memory.message_service.list_messages(thread.id, 1001)

    assert too_long.value.problems[0].get("ctx") == {"le": 1000}
    assert TooLarge("body", 7).problems[0].get("ctx") == {"limit": 7}


@pytest.mark.parametrize(("ctx", "numbers"), [({"le": 3, "error": "x"}, {"le": 3}), ("nonsense", None), (None, None)])
def test_the_client_leaves_out_ctx_values_that_are_no_numbers(ctx: object, numbers: object) -> None:
    problem = {"loc": ["query", "limit"], "msg": "no", "type": "x", "ctx": ctx}
    answer = httpx2.Response(
        422, json={"error": "InvalidInput", "detail": [problem]}, request=httpx2.Request("GET", "http://x")
    )

    error = error_of(answer)

    assert isinstance(error, InvalidInput)
    assert error.problems[0].get("ctx") == numbers
