"""Errors of input: each names the fields and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NotRequired, TypedDict

from .base import LONGEST_MESSAGE, ThreadkeepError, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


MOST_PROBLEMS = 20
"""The most problems that one error names."""
_LONGEST_STEP, _LONGEST_RULE, _MOST_STEPS = 100, 1000, 12
_MOST_NAMED = 20


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
    left_out: ClassVar[int] = 0
    """The problems that no error of this process named, because there were too many."""
    problems: list[Problem]

    def __init__(self, problems: Sequence[Problem]) -> None:
        shown = _first(problems)
        InvalidInput.left_out += len(problems) - sum(problem["type"] != "more" for problem in shown)
        sentences = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in shown)
        super().__init__("; ".join(sentences), problems=shown)

    @classmethod
    def at(cls, field: str, rule: str, kind: str = "value_error") -> InvalidInput:
        """An error about one field. `field` may be a dotted path."""
        return cls([{"loc": [*field.split(".")], "msg": rule, "type": kind}])

    @classmethod
    def of(cls, error: ValidationError, *prefix: str) -> InvalidInput:
        """An error with all problems that pydantic found. `prefix` names the source of the data (`body`, `query`)."""
        return cls(problems_of(error, *prefix))


def problems_of(error: ValidationError, *prefix: str) -> list[Problem]:
    """All problems that pydantic found. `prefix` begins the path of each."""
    found = error.errors(include_url=False)
    return [_problem([*prefix, *one["loc"]], one) for one in found]


def _first(problems: Sequence[Problem]) -> list[Problem]:
    """The first problems, with long texts cut. Says how many more there are."""
    shown: list[Problem] = []
    room = LONGEST_MESSAGE
    for problem in problems[:MOST_PROBLEMS]:
        loc = [cut(step, _LONGEST_STEP) if isinstance(step, str) else step for step in problem["loc"][:_MOST_STEPS]]
        short: Problem = {**problem, "loc": loc, "msg": cut(problem["msg"], _LONGEST_RULE)}
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
    # For a text behind a validator, pydantic has the words for lists.
    if isinstance(found["input"], str) and found["type"] in _LENGTHS:
        problem["msg"], problem["type"] = _rule_of_length(found["type"], found["ctx"]), f"string_{found['type']}"
    if numbers := {name: value for name, value in found.get("ctx", {}).items() if isinstance(value, int)}:
        problem["ctx"] = numbers
    return problem


def _rule_of_length(kind: str, facts: dict[str, Any]) -> str:
    few, limit = ("at least", facts["min_length"]) if kind == "too_short" else ("at most", facts["max_length"])
    return f"String should have {few} {limit} character{'' if limit == 1 else 's'}"


_LENGTHS = ("too_long", "too_short")


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


class BudgetTooSmall(InvalidInput):
    """The newest turn of a history and its instructions do not fit into `max_tokens`. `ctx` says how many tokens they need."""

    def __init__(self, needed: int, limit: int) -> None:
        rule = f"the newest turn needs {needed:,} tokens with the instructions, {needed - limit:,} more than {limit:,}"
        numbers = {"needed": needed, "limit": limit}
        super().__init__([{"loc": ["max_tokens"], "msg": rule, "type": "budget_too_small", "ctx": numbers}])


class UnsupportedMediaType(InvalidInput):
    """The `Content-Type` of the body is not JSON."""

    status = 415

    def __init__(self, kind: str) -> None:
        rule = f"must be application/json, not {kind[:100]}"
        InvalidInput.__init__(self, [{"loc": ["header", "content-type"], "msg": rule, "type": "media_type"}])


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is compressed. The service reads bodies as they are."""

    def __init__(self, encoding: str, header: str = "content-encoding") -> None:
        rule = f"must not be {encoding[:100]}: send the body without compression"
        InvalidInput.__init__(self, [{"loc": ["header", header], "msg": rule, "type": "content_encoding"}])
