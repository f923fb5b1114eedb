"""The original service's SDK, unmodified, over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

DEPRECATED = pytest.mark.filterwarnings(r"ignore:The `dict` method:DeprecationWarning:projectdavid(_common)?\..*")
"""Belongs to each test: the SDK itself calls what is deprecated."""
UNKNOWN = "unknown_id"
ASSISTANT = "asst_1"


def signed_up(connect: Callable[[str], Any], admin: Any, name: str) -> Any:
    """A client with the key of a new user, whose id it knows."""
    user = admin.users.create_user(full_name=name)
    client = connect(admin.keys.create_key_for_user(user.id, key_name="laptop").plain_key)
    client.id = user.id
    return client


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> int:
    """The status with which a call was refused."""
    with pytest.raises(httpx.HTTPStatusError) as error:
        call(*arguments, **named)
    return error.value.response.status_code


def contents(client: Any, thread: Any, **options: Any) -> list[str]:
    """The texts of a thread, as the SDK lists them."""
    return [message["content"] for message in client.messages.list_messages(thread.id, **options).to_list()]
