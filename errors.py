"""Everything that can go wrong, as one tree with the HTTP status on each class.

    ThreadkeepError                 500
    ├── StartupError                    the process cannot start: one line that says why
    ├── InvalidInput                422 names each field and the rule it broke
    │   ├── InvalidParticipants     400 unknown or repeated users, named
    │   ├── UnknownCursor           400 `after` or `before` names nothing in this list
    │   ├── TooLarge                413
    │   └── UnsupportedMediaType    415 the body is not JSON
    ├── Unauthorized                401
    ├── Forbidden                   403
    ├── NotFound                    404
    │   └── UserNotFound, ThreadNotFound, MessageNotFound, KeyNotFound
    ├── Conflict                    409
    │   └── EmailTaken, IdentityTaken, IdTaken, IdempotencyMismatch, AnsweredOnce, StillRunning
    ├── RequestTimeout              408 the request did not arrive in time
    ├── PreconditionFailed          412 somebody else wrote in between
    └── Unavailable                 503 the database is away or slow: try again
        └── Overloaded              503 this process has as much to do as it takes on

Services raise them, each HTTP door has one handler that words them, and the Python client raises the same classes again,
so that callers in process and callers over HTTP catch the same things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


class ThreadkeepError(Exception):
    """The base of all; `facts` are sent over HTTP beside the sentence, and are attributes as well."""

    status = 500

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts
        self.__dict__.update(facts)

    @classmethod
    def from_answer(cls, message: str, facts: dict[str, Any]) -> ThreadkeepError:
        """Make the error again on the client's side of the wire, from what the server said of it."""
        error = cls.__new__(cls)
        ThreadkeepError.__init__(error, message, **facts)
        return error

    @classmethod
    def summary(cls) -> str:
        """What it means, in one line, for descriptions; `python -OO` leaves only its name."""
        return (cls.__doc__ or cls.__name__).partition("\n")[0]


class StartupError(ThreadkeepError):
    """The process cannot start; the message is one line that says what is wrong and what to do."""


class Problem(TypedDict):
    """One field and the rule it broke, in the shape FastAPI's users know."""

    loc: list[str | int]
    msg: str
    type: str
    ctx: NotRequired[dict[str, int]]
    """The numbers of the rule: `{"le": 100}`, `{"limit": 65536}`, `{"max_length": 256, "actual_length": 300}`."""


class InvalidInput(ThreadkeepError):
    """What the caller sent breaks a rule; nothing was changed."""

    status = 422
    problems: list[Problem]

    def __init__(self, problems: Sequence[Problem]) -> None:
        sentences = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
        super().__init__("; ".join(sentences), problems=list(problems))

    @classmethod
    def at(cls, field: str, rule: str, kind: str = "value_error") -> InvalidInput:
        """One problem with one field, which may be a dotted path."""
        return cls([{"loc": [*field.split(".")], "msg": rule, "type": kind}])

    @classmethod
    def of(cls, error: ValidationError, *prefix: str) -> InvalidInput:
        """Pydantic's findings; `prefix` says where the data stood (`body`, `query`)."""
        return cls(
            [
                _problem([*prefix, *found["loc"]], found)
                for found in error.errors(include_url=False, include_input=False)
            ]
        )


def _problem(loc: list[str | int], found: ErrorDetails) -> Problem:
    problem: Problem = {"loc": loc, "msg": found["msg"], "type": found["type"]}
    if numbers := {name: value for name, value in found.get("ctx", {}).items() if isinstance(value, int)}:
        problem["ctx"] = numbers
    return problem


class InvalidParticipants(InvalidInput):
    """Some participants do not exist, or are named twice."""

    status = 400

    def __init__(self, *, unknown: Sequence[str] = (), repeated: Sequence[str] = ()) -> None:
        problems: list[Problem] = []
        if unknown:
            problems.append(_participants("participants_unknown", "no such user", unknown))
        if repeated:
            problems.append(_participants("participants_repeated", "named more than once", repeated))
        super().__init__(problems)


def _participants(kind: str, rule: str, user_ids: Sequence[str]) -> Problem:
    return {"loc": ["participant_ids"], "msg": f"{rule}: {', '.join(user_ids)}", "type": kind}


class UnknownCursor(InvalidInput):
    """`after` or `before` names nothing that this list ever held."""

    status = 400

    def __init__(self, field: str, cursor: str) -> None:
        rule = f"{cursor!r} is not an entry of this list"
        super().__init__([{"loc": [field], "msg": rule, "type": "unknown_cursor"}])


class TooLarge(InvalidInput):
    """A body, a message or a dict is over its limit."""

    status = 413

    def __init__(self, field: str, limit: int, unit: str = "bytes") -> None:
        rule = f"larger than the limit of {limit:,} {unit}"
        super().__init__([{"loc": [field], "msg": rule, "type": "too_large", "ctx": {"limit": limit}}])


class UnsupportedMediaType(InvalidInput):
    """The body says that it is not JSON."""

    status = 415

    def __init__(self, kind: str) -> None:
        rule = f"must be application/json, not {kind[:100]}"
        super().__init__([{"loc": ["header", "content-type"], "msg": rule, "type": "media_type"}])


class RequestTimeout(ThreadkeepError):
    """The body of the request did not arrive in time; nothing was done."""

    status = 408

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time.")


class Unauthorized(ThreadkeepError):
    """No key was sent, or one that does not work (any more)."""

    status = 401


class Forbidden(ThreadkeepError):
    """The key works but has no right to this."""

    status = 403

    def __init__(self, action: str) -> None:
        super().__init__(f"This key may not {action}.", action=action)


class NotFound(ThreadkeepError):
    """What was named does not exist, or exists no more."""

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
    """No message has this id, or it was deleted, or its thread was."""

    message_id: str

    def __init__(self, message_id: str) -> None:
        super().__init__(f"Message {message_id!r} does not exist.", message_id=message_id)


class KeyNotFound(NotFound):
    """No API key has this prefix."""

    prefix: str

    def __init__(self, prefix: str) -> None:
        super().__init__(f"API key {prefix!r} does not exist.", prefix=prefix)


class Conflict(ThreadkeepError):
    """The request contradicts what is stored."""

    status = 409


class EmailTaken(Conflict):
    """Another user has this e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Another user has the e-mail address {email!r}.", email=email)


class IdentityTaken(Conflict):
    """Another user has this `provider_user_id` at this `oauth_provider`."""

    def __init__(self, provider: str | None, provider_user_id: str | None) -> None:
        super().__init__(f"Another user is {provider_user_id!r} at {provider!r}.")


class IdTaken(Conflict):
    """The caller chose an id that something else has."""

    def __init__(self, taken: str) -> None:
        super().__init__(f"The id {taken!r} is taken.", taken=taken)


class IdempotencyMismatch(Conflict):
    """This idempotency key came with another request before."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used before, for a different request.")


class AnsweredOnce(Conflict):
    """The first request with this idempotency key was answered with a secret, which is shown only once."""

    def __init__(self) -> None:
        super().__init__(
            "This was done, and answered with a secret that is shown only once: revoke it and make another."
        )


class StillRunning(Conflict):
    """The first request with this idempotency key has not finished yet."""

    retry_after = 1

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running.")


class PreconditionFailed(ThreadkeepError):
    """Somebody else wrote in between (`expected_seq`, `expected_revision`, `If-Match`); nothing was changed."""

    status = 412

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} has changed since it was read; nothing was written.")


class Unavailable(ThreadkeepError):
    """The database is away or too slow; whether a write happened is not known, a retry with the same key is safe."""

    status = 503
    retry_after = 1

    def __init__(self, reason: str = "The database does not answer.") -> None:
        super().__init__(f"{reason} Please try again.")


class Overloaded(Unavailable):
    """The process has as many requests as it takes on at once; nothing was done."""

    def __init__(self) -> None:
        super().__init__("Too many requests are under way.")
