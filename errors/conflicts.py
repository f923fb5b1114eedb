"""Errors of requests that contradict the stored state."""

from __future__ import annotations

from typing import Self

from .base import ThreadkeepError


class Conflict(ThreadkeepError):
    """The request conflicts with the stored data."""

    status = 409


class EmailTaken(Conflict):
    """Another user has this e-mail address. `user_id` names that user to callers who may list users."""

    def __init__(self, email: str, **holder: str) -> None:
        super().__init__(f"Another user has the e-mail address {email!r}.", email=email, **holder)


class IdentityTaken(Conflict):
    """Another user has this `provider_user_id` at this `oauth_provider`. `user_id` is that of `EmailTaken`."""

    def __init__(self, provider: str | None, provider_user_id: str | None, **holder: str) -> None:
        super().__init__(f"Another user is {provider_user_id!r} at {provider!r}.", **holder)


class IdTaken(Conflict):
    """The caller chose an id that another object has, or a retry would create again what was deleted since."""

    def __init__(self, taken: str, *, deleted: bool = False) -> None:
        text = f"{taken!r} was created by this request and deleted since: a retry does not create it again."
        super().__init__(text if deleted else f"The id {taken!r} is taken.", taken=taken)

    @classmethod
    def in_batch(cls, taken: str, *, entry: int, seq: int, missing: int) -> Self:
        """The error of a batch whose entry `entry` is stored, as message `seq`, although an entry before it is missing."""
        text = (
            f"messages.{entry}: {taken!r} is stored already, as message {seq} of the thread, but messages.{missing} before it "
            "is not: nothing was written."
        )
        error = cls.__new__(cls)
        ThreadkeepError.__init__(error, text, taken=taken, entry=entry, seq=seq, missing=missing)
        return error


class PartlyStored(IdTaken):
    """The first messages of a batch are stored already, by their `client_id`, and another message came after them."""

    def __init__(self, taken: str, stored: int, why: str = "they are not the newest of the thread") -> None:
        text = (
            f"The first messages of this batch, up to messages.{stored - 1} with client_id {taken!r}, are stored already "
            f"({stored:,}), and {why}: nothing was written. Send the others as a batch of their own."
        )
        ThreadkeepError.__init__(self, text, taken=taken, stored=stored)


class ExternalIdTaken(Conflict):
    """Another user or thread has this external id."""

    def __init__(self, external_id: str, **holder: str) -> None:
        super().__init__(f"The external id {external_id!r} is taken.", external_id=external_id, **holder)


class TooManyKeys(Conflict):
    """The user has as many active API keys as `max_keys_per_user` allows. Revoke one first."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"This user has {limit:,} active API keys, which is the limit: revoke one first.", limit=limit)


class TooManyImports(Conflict):
    """As many imports of this caller as `max_imports` allows are not finished. Wait for one, or delete one."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit:,} imports are not finished, which is the limit: wait for one.", limit=limit)


class NoNumberLeft(Conflict):
    """A counter of a stored object has its largest value, 2^53 - 1. Nothing was written."""

    def __init__(self, counter: str) -> None:
        super().__init__(f"{counter} has the largest value, {2**53 - 1:,}, and cannot grow: nothing was written.")


class IdempotencyMismatch(Conflict):
    """This idempotency key was used before, for a different request."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used before, for a different request.")


class AnsweredOnce(Conflict):
    """The first answer to this idempotency key held a secret, which is shown only once and cannot be sent again."""

    def __init__(self) -> None:
        super().__init__(
            "This was done, and answered with a secret that is shown only once: revoke it and make another."
        )


class StillRunning(Conflict):
    """The first request with this idempotency key is not finished yet."""

    retry_after = 1

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running.")


class PreconditionFailed(ThreadkeepError):
    """Another writer changed the object (`expected_seq`, `expected_revision`, `If-Match`). Nothing was written."""

    status = 412

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} has changed since it was read; nothing was written.")
