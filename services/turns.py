"""Several changes of a thread in one step: turns, and the removal of its newest messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import explains_arguments
from ..inputs import NewTurn, Replacement, Truncation
from ..json_values import entries
from ..records import TurnRecord
from .model_histories import ModelHistories
from .requested_ids import checks_ids
from .validation import expected_counter, validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..inputs import MessageInput
    from ..records import MessageRecord, ThreadRecord


@explains_arguments
@checks_ids
class Turns(ModelHistories):
    """The methods of messages that change several parts of a thread in one step. All are safe to repeat with an idempotency key."""

    async def commit_turn(
        self,
        thread_id: str,
        messages: Sequence[MessageInput] | None = None,
        *,
        after_seq: int | None = None,
        meta_data: dict[str, Any] | None = None,
        tool_resources: dict[str, Any] | None = None,
        title: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        labels: Sequence[str] | None = None,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> TurnRecord:
        """Append messages and change the thread, all together: every reader sees both, or neither.

        `meta_data` is merged key by key, and the other fields are replaced, as by `update_thread`. With `after_seq`, all messages
        with higher numbers are removed at the same moment, and `messages` take their place; then `messages` may be empty.

        Returns `thread`, as it is after the turn, and `messages`. Nothing is written and `PreconditionFailed` is raised if
        `expected_revision` or `expected_seq` is given and is not the revision of the thread or its newest number.
        The numbers of removed messages are never given again.
        """
        values = without_none(
            messages=entries(messages),
            after_seq=after_seq,
            meta_data=meta_data,
            tool_resources=tool_resources,
            title=title,
            archived=archived,
            pinned=pinned,
            labels=entries(labels),
        )
        turn = validate_input(NewTurn, values, self._limits)
        expected = _expected(expected_revision, expected_seq)
        return TurnRecord.of(*await self._operations.commit(thread_id, turn, **expected))

    async def replace_messages(
        self,
        thread_id: str,
        after_seq: int,
        messages: Sequence[MessageInput],
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> list[MessageRecord]:
        """Remove all messages whose number is higher than `after_seq`, and append `messages` in their place.

        Every reader sees the old messages or the new ones. The new ones have new numbers. Raises `PreconditionFailed` like
        `commit_turn`.
        """
        values = {"after_seq": after_seq, "messages": entries(messages)}
        new = validate_input(Replacement, values, self._limits)
        expected = _expected(expected_revision, expected_seq)
        return (await self._operations.commit(thread_id, new.turn(), **expected))[1]

    async def truncate_messages(
        self,
        thread_id: str,
        after_seq: int,
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> ThreadRecord:
        """Remove all messages whose number is higher than `after_seq`, and return the thread as it is after that.

        They disappear together, for every reader. Their numbers are never given again. Raises `PreconditionFailed` like
        `commit_turn`.
        """
        cut = validate_input(Truncation, {"after_seq": after_seq}, self._limits)
        expected = _expected(expected_revision, expected_seq)
        return (await self._operations.commit(thread_id, cut.turn(), **expected))[0]

    async def clear_messages(
        self,
        thread_id: str,
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> ThreadRecord:
        """Remove all messages of a thread, and return the thread as it is after that. The thread itself stays.

        They disappear together, for every reader. Raises `PreconditionFailed` like `commit_turn`.
        """
        return await self.truncate_messages(
            thread_id, 0, expected_revision=expected_revision, expected_seq=expected_seq
        )

    async def pop_message(
        self,
        thread_id: str,
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> MessageRecord | None:
        """Remove the newest message of a thread and return it. Returns None if the thread has no message.

        Its number is never given again. Raises `PreconditionFailed` like `commit_turn`.
        """
        return await self._operations.pop(thread_id, **_expected(expected_revision, expected_seq))


def _expected(expected_revision: int | None, expected_seq: int | None) -> dict[str, int | None]:
    """The expected counters, checked."""
    return {
        "expected_revision": expected_counter("expected_revision", expected_revision),
        "expected_seq": expected_counter("expected_seq", expected_seq),
    }
