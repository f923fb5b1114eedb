"""Valid and invalid requests that schemathesis makes from the OpenAPI document of an API."""

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

MAX_GENERATED = 100
"""Requests generated for one operation before a sample is taken. Items of conversations have thousands of requests."""

BEYOND_A_SCHEMA = frozenset(
    {
        "period",  # one of two dates must be before the other
        "combination",  # which fields are given together
        "order",  # one of two numbers must be at most the other
        "datetime_range",  # a schema has no minimum and maximum of dates
        "unknown_cursor",  # only the database knows the entries of a list
        "participants_unknown",
        "chunk_type",  # a list of parts cannot follow chunks of text, which only the database knows
        "scope",  # only a key of scope user has a user
        "budget_too_small",  # only the database knows how long the newest turn of a thread is
        "zone",  # the machine has the list of zones
        "above_newest",  # only the database knows the number of the newest message
        "content_null",  # a content may be null beside calls or an item only
        "string_pattern_mismatch",  # schemathesis ignores the pattern in the shortest text
    }
)
"""Types of problems whose rules JSON Schema cannot express. The descriptions state these rules as text."""


class Description:
    """The OpenAPI document of an API, and requests made from the document."""

    def __init__(self, openapi: dict[str, Any]) -> None:
        load_all_checks()
        self._schema: Any = schemathesis.openapi.from_dict(openapi)
        self._checked: set[str] = set()

    def operations(self) -> list[APIOperation[Any, Any, Any, Any]]:
        """Return all operations."""
        return [result.ok() for result in self._schema.get_all_operations()]

    def requests_to(self, operation: APIOperation[Any, Any, Any, Any], *, most: int | None) -> list[Case[Any]]:
        """Return requests with each parameter missing, empty, too long, of another type …: all, or a sample of at most `most`."""
        options = {"generation_modes": list(GenerationMode), "generation_config": self._schema.config.generation}
        cases = self._schema.iter_coverage_cases(operation, **options)
        if most is None:
            return list(cases)
        found = list(islice(cases, MAX_GENERATED))
        return found[:: -(-len(found) // most)]

    def failures(self, case: Case[Any], url: str, session: Session) -> list[str]:
        """Send the request, and return a text for each difference between its answer and the description."""
        label = case.operation.label
        excluded: list[Any] = [checks.positive_data_acceptance]  # replaced by the check below
        if label in self._checked:
            excluded.append(checks.ignored_auth)  # sends three more requests: one check for each operation is enough
        response = case.call(url, session, allow_redirects=False)
        try:
            case.validate_response(
                response,
                excluded_checks=excluded,
                additional_checks=[valid_requests_are_accepted],
                headers=dict(session.headers),
                transport_kwargs={"base_url": url, "session": session},
            )
        except FailureGroup as failed:
            return [f"{label}: {failure.title}: {failed}" for failure in failed.exceptions]
        if response.status_code < 300:
            self._checked.add(label)
        return []


def valid_requests_are_accepted(_: Any, response: Response, case: Case[Any]) -> None:
    """Check that a valid request is accepted, except for the rules of `BEYOND_A_SCHEMA`."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    assert response.status_code not in {408, 413, 415, 500}
    if response.status_code in {400, 422}:
        assert _kinds(response.json()) <= BEYOND_A_SCHEMA


def _kinds(refusal: Any) -> set[str]:
    """Return the types of the problems of a refusal, in the format of either API."""
    if isinstance(refusal["error"], str):
        return {problem["type"] for problem in refusal["detail"]}
    error = refusal["error"]
    return {"unknown_cursor" if error["param"] in {"after", "before"} else error["code"]}
