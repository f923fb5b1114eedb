"""Helpers for the unmodified SDK of the original service, over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

DEPRECATED = pytest.mark.filterwarnings(r"ignore:The `dict` method:DeprecationWarning:projectdavid(_common)?\..*")
"""Mark for each test: the SDK itself calls deprecated methods."""
UNKNOWN = "unknown_id"
ASSISTANT = "asst_1"


def signed_up(connect: Callable[[str], Any], admin: Any, name: str) -> Any:
    """Create a user, and return a client with a key of the user. Its attribute `id` is the id of the user."""
    user = admin.users.create_user(full_name=name)
    client = connect(admin.keys.create_key_for_user(user.id, key_name="laptop").plain_key)
    client.id = user.id
    return client


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> int:
    """Return the status of the refusal of a call."""
    with pytest.raises(httpx.HTTPStatusError) as error:
        call(*arguments, **named)
    return error.value.response.status_code


def contents(client: Any, thread: Any, **options: Any) -> list[str]:
    """Return the texts of a thread in the order of the SDK."""
    return [message["content"] for message in client.messages.list_messages(thread.id, **options).to_list()]
