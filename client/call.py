"""What one call says, and how its answer is read: data that either client sends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from ..records import Page, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..errors import InvalidInput, NotFound

T = TypeVar("T")
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, described; `read` makes the result of the answer's JSON."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    if_match: str | None = None
    to_the_end: bool = False
    """Whether the pages that follow belong to the result."""
    any_limit: bool = False
    """Whether the client chose the size of the pages, so that the server's own will do."""

    @property
    def writes(self) -> bool:
        """Whether repeating the request could do something twice, were it not for the idempotency key."""
        return self.method != "GET"


def said(**values: Any) -> dict[str, Any]:
    """The arguments that are not None: what the caller really said."""
    return {name: value for name, value in values.items() if value is not None}


def segment(given_id: str, missing: Callable[[str], NotFound]) -> str:
    """An id as a part of a path; one that would lead to another path, or that nothing can have, is not found."""
    if not isinstance(given_id, str) or not given_id or "/" in given_id:
        raise missing(given_id)
    try:
        quoted = quote(given_id, safe="")
    except UnicodeEncodeError:
        raise missing(given_id) from None
    return quoted.replace(".", "%2E")  # `..` would climb


def page_of(kind: type[R]) -> Callable[[Any], Page[R]]:
    """How an envelope is read whose entries are of this kind."""

    def read(answer: Any) -> Page[R]:
        entries = list(map(kind, answer["data"]))
        return Page(entries, has_more=answer["has_more"], next_cursor=answer["next_cursor"])

    return read


def list_of(kind: type[R], key: str | None = None) -> Callable[[Any], list[R]]:
    """How a bare list is read, or the list that an object has under `key`."""

    def read(answer: Any) -> list[R]:
        return list(map(kind, answer if key is None else answer[key]))

    return read


def following(call: Call[Page[R]], page: Page[R]) -> Call[Page[R]] | None:
    """The call for the page behind this one; None at the end, and for `before` alone, which looks the other way."""
    if page.next_cursor is None or ("before" in call.query and "after" not in call.query):
        return None
    limit = {} if page.limit is None else {"limit": page.limit}  # which may be less than the client wished for
    return replace(call, query={**call.query, "after": page.next_cursor, **limit})


def with_accepted_limit(call: Call[T], refused: InvalidInput) -> Call[T] | None:
    """The call with as many entries to a page as the server says are allowed, where the client had chosen the number."""
    if not call.any_limit:
        return None
    most = [problem.get("ctx", {}).get("le", 0) for problem in refused.problems if problem["loc"][-1:] == ["limit"]]
    if not most or not 0 < most[0] < call.query["limit"]:
        return None
    return replace(call, query={**call.query, "limit": most[0]})
