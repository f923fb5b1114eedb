"""Times are whole seconds, with the milliseconds beside them, and datetimes in Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from threadkeep.tests.factories import make_thread, make_user

if TYPE_CHECKING:
    from threadkeep.records import Record
    from threadkeep.tests.factories import ServiceProvider

MESSAGE = ("created_at", "updated_at", "completed_at", "incomplete_at")
THREAD = ("created_at", "updated_at", "last_message_at", "last_active_at")


def check(record: Record, names: tuple[str, ...]) -> None:
    for name in names:
        milliseconds, moment = record[f"{name}_ms"], getattr(record, f"{name}_datetime")
        if record[name] is None:
            assert milliseconds is moment is None
        else:
            assert milliseconds // 1000 == record[name]
            assert moment == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


async def test_messages_and_threads_have_milliseconds_and_datetimes(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    question = await services.message_service.create_message(thread.id, "Why?")
    answer = await services.message_service.create_message(thread.id, "Because.", "assistant")
    half = await services.message_service.create_message(thread.id, "Be", "assistant", status="incomplete")

    for message in (question, answer, half, *await services.message_service.list_messages(thread.id)):
        check(message, MESSAGE)
    for one in (thread, await services.thread_service.get_thread(thread.id)):
        check(one, THREAD)
    now = await services.thread_service.get_thread(thread.id)
    assert now.last_message_at_ms == half.created_at_ms
    assert now.last_message_at_datetime == half.created_at_datetime
    assert (answer.completed_at_ms, half.incomplete_at_ms) == (answer.created_at_ms, half.created_at_ms)
    assert question.completed_at_datetime is None


async def test_users_have_datetimes(services: ServiceProvider) -> None:
    user = await make_user(services)

    assert user.created_at_datetime == datetime.fromisoformat(user.created_at)
    assert user.updated_at_datetime.tzinfo == UTC
