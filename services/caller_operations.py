"""The base of all operations: a runtime and a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ThreadNotFound
from .caller import TRUSTED, Caller

if TYPE_CHECKING:
    from ..documents import Documents, ThreadRow
    from .runtime import Runtime


class CallerOperations:
    """Operations with the rights of one caller."""

    def __init__(self, runtime: Runtime, caller: Caller = TRUSTED) -> None:
        self._runtime = runtime
        self._caller = caller

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

    async def _living_thread(self, thread_id: str) -> ThreadRow:
        """The thread, if it exists and is not deleted. Does not check the caller's rights."""
        is_id = isinstance(thread_id, str)  # a dict would be read as a query operator
        thread = await self._documents.fast_threads.find_one({"_id": thread_id, "deleted_at": None}) if is_id else None
        if thread is None:
            raise ThreadNotFound(thread_id)
        return thread
