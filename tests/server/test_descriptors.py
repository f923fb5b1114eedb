from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import StartupError
from threadkeep.server.descriptors import FEWEST, RESERVE, fit_connections
from threadkeep.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

Limit = tuple[int, int]


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], list[Limit]]:
    """A process with these limits of open files; the list gets the limits that it sets."""

    def limit(soft: int, hard: int) -> list[Limit]:
        made: list[Limit] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: made.append(limits))
        return made

    return limit


def settings(clients: int, mongodb: int) -> Settings:
    return Settings(max_client_connections=clients, max_connections=mongodb)


def test_enough_open_files_change_nothing(limited: Callable[[int, int], list[Limit]]) -> None:
    made = limited(4096, 4096)

    assert fit_connections(settings(1000, 100)) == settings(1000, 100)
    assert made == []


@pytest.mark.parametrize("hard", [4096, resource.RLIM_INFINITY])
def test_the_soft_limit_is_raised_as_far_as_needed(limited: Callable[[int, int], list[Limit]], hard: int) -> None:
    made = limited(256, hard)

    assert fit_connections(settings(1000, 100)) == settings(1000, 100)
    assert made == [(1100 + RESERVE, hard)]


def test_connections_are_lowered_to_what_fits_and_the_log_says_the_numbers(
    limited: Callable[[int, int], list[Limit]], caplog: pytest.LogCaptureFixture
) -> None:
    made = limited(64, 128)

    fitted = fit_connections(settings(1000, 100))

    assert made == [(128, 128)]
    assert (fitted.max_client_connections, fitted.max_connections) == (60, 20)
    assert fitted.max_client_connections + fitted.max_connections + RESERVE == 128
    assert [record.getMessage() for record in caplog.records] == [
        "too_few_open_files limit=128 wanted=1148 max_client_connections=60 max_connections=20 configured='1000 and 100'"
    ]


def test_too_few_open_files_for_anything_end_the_start_with_the_numbers(
    limited: Callable[[int, int], list[Limit]],
) -> None:
    limited(50, 50)

    with pytest.raises(StartupError, match=rf"open files is 50 \(ulimit -n\)\. .*at least {RESERVE + FEWEST}"):
        fit_connections(settings(1000, 100))
