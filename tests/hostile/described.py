"""What a door says of itself, and requests that schemathesis makes of it: some keep to it, some do not."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

if TYPE_CHECKING:
    from requests import Session
    from schemathesis import Case
    from schemathesis.core.transport import Response
    from schemathesis.schemas import APIOperation

LARGEST = 100
"""Requests that are made of one operation where a sample will do: bodies of the items of conversations lead to thousands."""

BEYOND_A_SCHEMA = frozenset(
    {
        "period",  # of two dates, one must be before the other
        "datetime_range",  # a schema has no least and greatest date
        "unknown_cursor",  # what is there, only the database knows
        "participants_unknown",
        "chunk_type",  # parts do not go behind chunks of text, of which only the database knows
        "scope",  # a key has a user if it is a user's
        "zone",  # of which the machine has a list
        "string_pattern_mismatch",  # schemathesis makes the shortest text without a look at the pattern
    }
)
"""Rules that no JSON Schema can say, by the kind of problem; they are said in words."""


class Description:
    """A door's description, and the requests it leads to."""

    def __init__(self, openapi: dict[str, Any]) -> None:
        load_all_checks()
        self._schema: Any = schemathesis.openapi.from_dict(openapi)
        self._confirmed: set[str] = set()

    def operations(self) -> list[APIOperation[Any, Any, Any, Any]]:
        """All operations."""
        return [result.ok() for result in self._schema.get_all_operations()]

    def requests_to(self, operation: APIOperation[Any, Any, Any, Any], *, most: int | None) -> list[Case[Any]]:
        """Requests with each parameter left out, empty, too long, of another type …: all of them, or every so manieth."""
        options = {"generation_modes": list(GenerationMode), "generation_config": self._schema.config.generation}
        cases = self._schema.iter_coverage_cases(operation, **options)
        if most is None:
            return list(cases)
        found = list(islice(cases, LARGEST))
        return found[:: -(-len(found) // most)]

    def failures(self, case: Case[Any], url: str, session: Session) -> list[str]:
        """Send the request; what its answer breaks of the description, in words."""
        label = case.operation.label
        excluded: list[Any] = [checks.positive_data_acceptance]  # ours below knows what is meant
        if label in self._confirmed:
            excluded.append(
                checks.ignored_auth
            )  # sends the request three times more: once for each operation is enough
        response = case.call(url, session, allow_redirects=False)
        try:
            case.validate_response(
                response,
                excluded_checks=excluded,
                additional_checks=[what_keeps_to_it_is_accepted],
                headers=dict(session.headers),
                transport_kwargs={"base_url": url, "session": session},
            )
        except FailureGroup as failed:
            return [f"{label}: {failure.title}: {failed}" for failure in failed.exceptions]
        if response.status_code < 300:
            self._confirmed.add(label)
        return []


def what_keeps_to_it_is_accepted(_: Any, response: Response, case: Case[Any]) -> None:
    """As schemathesis has it, but for what only words can say."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    assert response.status_code not in {408, 413, 415, 500}
    if response.status_code in {400, 422}:
        assert _kinds(response.json()) <= BEYOND_A_SCHEMA


def _kinds(refusal: Any) -> set[str]:
    """The kinds of problems that a refusal names, in either door's words."""
    if isinstance(refusal["error"], str):
        return {problem["type"] for problem in refusal["detail"]}
    error = refusal["error"]
    return {"unknown_cursor" if error["param"] in {"after", "before"} else error["code"]}
