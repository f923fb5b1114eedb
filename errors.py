"""All errors of Threadkeep, as one tree. Each class has its HTTP status.

    ThreadkeepError                 500
    ├── StartupError                    the process cannot start; the message is one line
    ├── InvalidInput                422 names each invalid field and its rule
    │   ├── InvalidParticipants     400 names the unknown or repeated users
    │   ├── UnknownCursor           400 `after` or `before` is not an entry of this list
    │   ├── TooLarge                413
    │   └── UnsupportedMediaType    415 the body is not JSON
    ├── Unauthorized                401
    ├── Forbidden                   403
    │   └── ForeignRequest          403 without authentication: the request may come from a web page
    ├── NotFound                    404
    │   └── UserNotFound, ThreadNotFound, MessageNotFound, KeyNotFound
    ├── Conflict                    409
    │   └── EmailTaken, IdentityTaken, IdTaken, TooManyKeys, IdempotencyMismatch, AnsweredOnce, StillRunning
    ├── RateLimited                 429 this API key has sent too much in a second: try again
    ├── RequestTimeout              408 the body of the request did not arrive in time
    ├── PreconditionFailed          412 another writer changed the object since it was read
    └── Unavailable                 503 the database does not answer in time: try again
        └── Overloaded              503 this process has too many requests: try again

Services raise these errors. Each HTTP API renders them in its own format. The Python client raises the same classes, so
in-process code and HTTP clients catch the same errors.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


MOST_PROBLEMS = 20
"""The most problems that one error names."""
LONGEST_MESSAGE = 2000
"""The most characters of the message of an error, and of all problems of an error together."""
_LONGEST_STEP, _LONGEST_RULE, _MOST_STEPS = 100, 1000, 12
_MOST_NAMED = 20


class ThreadkeepError(Exception):
    """The base of all errors. `facts` are attributes of the error, and are sent over HTTP beside its message.

    Errors repeat texts of the input. So they are cut: an error stays small, however large the input is.
    """

    status = 500

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(_cut(message, LONGEST_MESSAGE))
        self.facts = facts
        self.__dict__.update(facts)

    @classmethod
    def from_answer(cls, message: str, facts: dict[str, Any]) -> ThreadkeepError:
        """The same error on the client's side, made from the message and the facts that the server sent."""
        error = cls.__new__(cls)
        ThreadkeepError.__init__(error, message, **facts)
        return error

    @classmethod
    def summary(cls) -> str:
        """The meaning of the error in one line, for API descriptions. Under `python -OO` it is the name of the class."""
        return (cls.__doc__ or cls.__name__).partition("\n")[0]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


class StartupError(ThreadkeepError):
    """The process cannot start. The message is one line: the reason, and how to fix it."""


class Problem(TypedDict):
    """One invalid field and its rule, in the shape of FastAPI's validation errors."""

    loc: list[str | int]
    msg: str
    type: str
    ctx: NotRequired[dict[str, int]]
    """The limits of the rule: `{"le": 100}`, `{"limit": 65536}`, `{"max_length": 256, "actual_length": 300}`."""


class InvalidInput(ThreadkeepError):
    """The input breaks a rule. Nothing was changed."""

    status = 422
    problems: list[Problem]

    def __init__(self, problems: Sequence[Problem]) -> None:
        shown = _first(problems)
        sentences = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in shown)
        super().__init__("; ".join(sentences), problems=shown)

    @classmethod
    def at(cls, field: str, rule: str, kind: str = "value_error") -> InvalidInput:
        """An error about one field. `field` may be a dotted path."""
        return cls([{"loc": [*field.split(".")], "msg": rule, "type": kind}])

    @classmethod
    def of(cls, error: ValidationError, *prefix: str) -> InvalidInput:
        """An error with all problems that pydantic found. `prefix` names the source of the data (`body`, `query`)."""
        return cls(
            [
                _problem([*prefix, *found["loc"]], found)
                for found in error.errors(include_url=False, include_input=False)
            ]
        )


def _first(problems: Sequence[Problem]) -> list[Problem]:
    """The first problems, with long texts cut. Says how many more there are."""
    shown: list[Problem] = []
    room = LONGEST_MESSAGE
    for problem in problems[:MOST_PROBLEMS]:
        loc = [_cut(step, _LONGEST_STEP) if isinstance(step, str) else step for step in problem["loc"][:_MOST_STEPS]]
        short: Problem = {**problem, "loc": loc, "msg": _cut(problem["msg"], _LONGEST_RULE)}
        room -= len(short["msg"]) + sum(len(str(step)) for step in loc)
        if room < 0 and shown:
            break
        shown.append(short)
    if len(shown) < len(problems):
        more = len(problems) - len(shown)
        shown.append({"loc": problems[0]["loc"][:1], "msg": f"{more:,} more problems are not shown", "type": "more"})
    return shown


def _problem(loc: list[str | int], found: ErrorDetails) -> Problem:
    problem: Problem = {"loc": loc, "msg": found["msg"], "type": found["type"]}
    if numbers := {name: value for name, value in found.get("ctx", {}).items() if isinstance(value, int)}:
        problem["ctx"] = numbers
    return problem


class InvalidParticipants(InvalidInput):
    """Some participants do not exist, or are named more than once."""

    status = 400

    def __init__(self, *, unknown: Sequence[str] = (), repeated: Sequence[str] = ()) -> None:
        problems: list[Problem] = []
        if unknown:
            problems.append(_participants("participants_unknown", "no such user", unknown))
        if repeated:
            problems.append(_participants("participants_repeated", "named more than once", repeated))
        super().__init__(problems)


def _participants(kind: str, rule: str, user_ids: Sequence[str]) -> Problem:
    named = ", ".join(user_ids[:_MOST_NAMED])
    more = f" and {len(user_ids) - _MOST_NAMED:,} more" if len(user_ids) > _MOST_NAMED else ""
    return {"loc": ["participant_ids"], "msg": f"{rule}: {named}{more}", "type": kind}


class UnknownCursor(InvalidInput):
    """`after` or `before` names an entry that was never in this list."""

    status = 400

    def __init__(self, field: str, cursor: str) -> None:
        rule = f"{cursor!r} is not an entry of this list"
        super().__init__([{"loc": [field], "msg": rule, "type": "unknown_cursor"}])


class TooLarge(InvalidInput):
    """A body, a message or an object is larger than its limit."""

    status = 413

    def __init__(self, field: str, limit: int, unit: str = "bytes") -> None:
        rule = f"larger than the limit of {limit:,} {unit}"
        super().__init__([{"loc": [field], "msg": rule, "type": "too_large", "ctx": {"limit": limit}}])


class UnsupportedMediaType(InvalidInput):
    """The `Content-Type` of the body is not JSON."""

    status = 415

    def __init__(self, kind: str) -> None:
        rule = f"must be application/json, not {kind[:100]}"
        super().__init__([{"loc": ["header", "content-type"], "msg": rule, "type": "media_type"}])


class RequestTimeout(ThreadkeepError):
    """The body of the request did not arrive in time. Nothing was done."""

    status = 408

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time.")


class Unauthorized(ThreadkeepError):
    """No API key was sent, or the key is unknown, expired or revoked."""

    status = 401


class Forbidden(ThreadkeepError):
    """The key is valid but has no right to this action."""

    status = 403

    def __init__(self, action: str) -> None:
        super().__init__(f"This key may not {action}.", action=action)


class ForeignRequest(Forbidden):
    """Without authentication, only programs and pages of this machine may send requests."""

    def __init__(self, header: str, value: str) -> None:
        ThreadkeepError.__init__(
            self, f"The service runs without authentication and accepts no request with the {header} {value[:100]!r}."
        )


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


class KeyNotFound(NotFound):
    """No API key has this prefix."""

    prefix: str

    def __init__(self, prefix: str) -> None:
        super().__init__(f"API key {prefix!r} does not exist.", prefix=prefix)


class Conflict(ThreadkeepError):
    """The request conflicts with the stored data."""

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
    """The caller chose an id that another object has, or a retry would create again what was deleted since."""

    def __init__(self, taken: str, *, deleted: bool = False) -> None:
        text = f"{taken!r} was created by this request and deleted since: a retry does not create it again."
        super().__init__(text if deleted else f"The id {taken!r} is taken.", taken=taken)


class TooManyKeys(Conflict):
    """The user has as many active API keys as `max_keys_per_user` allows. Revoke one first."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"This user has {limit:,} active API keys, which is the limit: revoke one first.", limit=limit)


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


class Unavailable(ThreadkeepError):
    """The database did not answer in time. A write may have happened; a retry with the same idempotency key is safe."""

    status = 503
    retry_after = 1
    reason = "The database does not answer."

    def __init__(self, reason: str = reason) -> None:
        super().__init__(f"{reason} Please try again.")
        self.reason = reason


class RateLimited(ThreadkeepError):
    """The API key has sent more requests, or more bytes, than it may in a second. Nothing was done."""

    status = 429

    def __init__(self, kind: str = "requests", per_second: float = 0, seconds: float = 1) -> None:
        super().__init__(f"This key may send {per_second:,.0f} {kind} per second. Please try again later.")
        self.kind = kind
        self.per_second = per_second
        self.retry_after = max(1, math.ceil(seconds))


class Overloaded(Unavailable):
    """The process already works on as many requests as its settings allow. Nothing was done."""

    def __init__(self) -> None:
        super().__init__("Too many requests are under way.")
