"""The base of all operations: a runtime and a caller."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ..errors import ThreadNotFound, UserNotFound
from .caller import TRUSTED, Caller
from .validation import is_id

if TYPE_CHECKING:
    from ..documents import Documents, ThreadRow
    from .caller import RequestIds
    from .runtime import Runtime


class CallerOperations:
    """Operations with the rights of one caller."""

    def __init__(self, runtime: Runtime, caller: Caller = TRUSTED) -> None:
        self._runtime = runtime
        self._caller = caller

    @property
    def caller(self) -> Caller:
        """The caller whose rights the operations have."""
        return self._caller

    @property
    def _documents(self) -> Documents:
        return self._runtime.documents

    @property
    def _is_retry(self) -> bool:
        """Whether an earlier try of this request began: its work may be done already."""
        return self._caller.request_ids is not None and self._caller.request_ids.is_retry

    @property
    def _is_answered(self) -> bool:
        """Whether an earlier try of this request was answered. Then this one writes nothing (decision 0044)."""
        return self._caller.request_ids is not None and self._caller.request_ids.is_answered

    @staticmethod
    def _require_id_of_user(user_id: str) -> None:
        if not is_id(user_id):
            raise UserNotFound(user_id)

    async def _living_thread(self, thread_id: str) -> ThreadRow:
        """The thread, if it exists and is not deleted. Does not check the caller's rights."""
        if not is_id(thread_id):
            raise ThreadNotFound(thread_id)
        thread = await self._documents.living_threads.find_one(thread_id)
        if thread is None:
            raise ThreadNotFound(thread_id)
        return thread


Operations = TypeVar("Operations", bound=CallerOperations)


def creating(operations: Operations, ids: RequestIds) -> Operations:
    """The same operations, for a request that creates these ids."""
    copied = copy.copy(operations)
    copied._caller = replace(operations.caller, request_ids=ids)  # noqa: SLF001 - not public: services inherit it
    return copied
