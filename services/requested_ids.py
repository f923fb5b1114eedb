"""Refuses ids that are longer than any stored id, in calls in process. Over HTTP, the routers check the path."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InvalidInput
from ..inputs import LONGEST_ID

if TYPE_CHECKING:
    from collections.abc import Callable

Class = TypeVar("Class", bound=type)

_IDS = frozenset({"user_id", "thread_id", "message_id", "prefix", "import_id"})
"""The arguments that name a stored thing."""


def checks_ids(cls: Class) -> Class:
    """Make the public methods of a class refuse ids of more than 256 characters. Returns the class.

    The methods raise `InvalidInput`, which names the argument.
    """
    for name, method in list(vars(cls).items()):
        if inspect.iscoroutinefunction(method) and not name.startswith("_"):
            ids = [(index, one) for index, one in enumerate(inspect.signature(method).parameters) if one in _IDS]
            if ids:
                setattr(cls, name, _checked(method, ids))
    return cls


def _checked(method: Callable[..., Any], ids: list[tuple[int, str]]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def checked(*args: Any, **kwargs: Any) -> Any:
        for index, name in ids:
            value = args[index] if index < len(args) else kwargs.get(name)
            if isinstance(value, str) and len(value) > LONGEST_ID:
                sentence = f"String should have at most {LONGEST_ID} characters"
                raise InvalidInput([{"loc": [name], "msg": sentence, "type": "string_too_long"}])
        return await method(*args, **kwargs)

    return checked
