"""Errors of things that do not exist, or do not exist any more."""

from __future__ import annotations

from .base import ThreadkeepError


class NotFound(ThreadkeepError):
    """The object does not exist, or was deleted."""

    status = 404


class UserNotFound(NotFound):
    """No user has this id."""

    user_id: str

    def __init__(self, user_id: str) -> None:
        super().__init__(f"User {user_id!r} does not exist.", user_id=user_id)


class ThreadNotFound(NotFound):
    """No thread has this id, or it was deleted."""

    thread_id: str

    def __init__(self, thread_id: str) -> None:
        super().__init__(f"Thread {thread_id!r} does not exist.", thread_id=thread_id)


class MessageNotFound(NotFound):
    """No message has this id, or the message or its thread was deleted."""

    message_id: str

    def __init__(self, message_id: str) -> None:
        super().__init__(f"Message {message_id!r} does not exist.", message_id=message_id)


class ImportNotFound(NotFound):
    """No import has this id, or it belongs to another caller. Finished imports are kept for a week."""

    import_id: str

    def __init__(self, import_id: str) -> None:
        super().__init__(f"Import {import_id!r} does not exist.", import_id=import_id)


class KeyNotFound(NotFound):
    """No API key has this prefix."""

    prefix: str

    def __init__(self, prefix: str) -> None:
        super().__init__(f"API key {prefix!r} does not exist.", prefix=prefix)
