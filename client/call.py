"""A `Call` describes one request and how its response is read. Both clients send the same calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote, unquote

from ..errors import InvalidInput
from ..records import Page, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..errors import NotFound
    from ..uploads import File

T = TypeVar("T")
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """The description of one request. `read` makes the result from the JSON of the response."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    body_path: tuple[str, ...] = ()
    """Where the caller passed the body, if it is one argument: the beginning of the paths in refusals."""
    upload: File | None = None
    """A file that is the body, as its bytes or its path. It is read anew for each try."""
    if_match: str | None = None
    all_pages: bool = False
    """Whether the result also holds the entries of all pages that follow."""
    limit_may_shrink: bool = False
    """Whether the client chose `limit`, so that it may ask again with the largest limit of the server."""

    @property
    def writes(self) -> bool:
        """Whether the request changes data, so that a retry needs an idempotency key."""
        return self.method != "GET"


def without_none(**values: Any) -> dict[str, Any]:
    """Return the arguments that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def segment(value: str, not_found: Callable[[str], NotFound]) -> str:
    """Return an id, quoted as one segment of a URL path.

    Raises `not_found(value)` for a value that cannot be an id: no string, empty, or with lone surrogates.
    """
    return _quoted(possible_id(value, not_found))


def possible_id(value: str, not_found: Callable[[str], NotFound]) -> str:
    """Return an id. Raises `not_found(value)` if the value cannot be an id: it is no string, is empty, or has lone surrogates."""
    if not isinstance(value, str) or not value:
        raise not_found(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise not_found(value) from None
    return value


def external_segment(external_id: str) -> str:
    """Return an external id, quoted as one segment of a URL path. Raises `InvalidInput` for a value that cannot be one."""
    if not isinstance(external_id, str) or not external_id:
        raise InvalidInput.at("external_id", "must be a text of 1 to 256 characters", "string_type")
    try:
        return _quoted(external_id)
    except UnicodeEncodeError:
        rule = "text must be valid Unicode, without lone surrogates"
        raise InvalidInput.at("external_id", rule, "string_unicode") from None


def _quoted(value: str) -> str:
    return quote(value, safe="").replace(".", "%2E")  # a segment `..` would address the parent path


def page_of(kind: type[R]) -> Callable[[Any], Page[R]]:
    """Return the reader of a list envelope whose entries are records of type `kind`."""

    def read(answer: Any) -> Page[R]:
        entries = list(map(kind, answer["data"]))
        return Page(entries, has_more=answer["has_more"], next_cursor=answer["next_cursor"])

    return read


def list_of(kind: type[R], key: str | None = None) -> Callable[[Any], Page[R]]:
    """Return the reader of a JSON list of records, or of the list under `key` of a JSON object.

    A list that is not complete has a next page (`page_after`).
    """

    def read(answer: Any) -> Page[R]:
        return Page(list(map(kind, answer if key is None else answer[key])))

    return read


def page_after(page: Page[Any], next_cursor: str | None) -> None:
    """Note on a page the header `x-next-cursor` of its answer, which lists without an envelope have."""
    if next_cursor is not None:
        page.has_more, page.next_cursor = True, unquote(next_cursor)


def next_page(call: Call[Page[R]], page: Page[R]) -> Call[Page[R]] | None:
    """Return the call for the page after this one, or None after the last page.

    A call with `before` alone reads one page only, because `before` selects in the opposite direction.
    """
    if page.next_cursor is None or ("before" in call.query and "after" not in call.query):
        return None
    limit = {} if page.limit is None else {"limit": page.limit}  # the limit of the server, if it was smaller
    return replace(call, query={**call.query, "after": page.next_cursor, **limit})


def with_accepted_limit(call: Call[T], refused: InvalidInput) -> Call[T] | None:
    """Return the call with the largest `limit` that the server allows; None if the caller chose the limit."""
    if not call.limit_may_shrink:
        return None
    largest = [problem.get("ctx", {}).get("le", 0) for problem in refused.problems if problem["loc"][-1:] == ["limit"]]
    if not largest or not 0 < largest[0] < call.query["limit"]:
        return None
    return replace(call, query={**call.query, "limit": largest[0]})
