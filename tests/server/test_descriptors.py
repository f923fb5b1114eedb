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
def limit_open_files(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], list[Limit]]:
    """Returns a function that fakes the limits of open files. Its list collects the limits that the process sets."""

    def limit(soft: int, hard: int) -> list[Limit]:
        set_limits: list[Limit] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: set_limits.append(limits))
        return set_limits

    return limit


def settings(clients: int, mongodb: int) -> Settings:
    return Settings(max_client_connections=clients, max_connections=mongodb)


def test_connections_are_unchanged_with_enough_open_files(limit_open_files: Callable[[int, int], list[Limit]]) -> None:
    set_limits = limit_open_files(4096, 4096)

    assert fit_connections(settings(1000, 100)) == settings(1000, 100)
    assert set_limits == []


@pytest.mark.parametrize("hard", [4096, resource.RLIM_INFINITY])
def test_the_soft_limit_is_raised_as_far_as_needed(
    limit_open_files: Callable[[int, int], list[Limit]], hard: int
) -> None:
    set_limits = limit_open_files(256, hard)

    assert fit_connections(settings(1000, 100)) == settings(1000, 100)
    assert set_limits == [(1100 + RESERVE, hard)]


def test_connections_are_lowered_to_the_limit_and_the_log_has_the_numbers(
    limit_open_files: Callable[[int, int], list[Limit]], caplog: pytest.LogCaptureFixture
) -> None:
    set_limits = limit_open_files(64, 128)

    fitted = fit_connections(settings(1000, 100))

    assert set_limits == [(128, 128)]
    assert (fitted.max_client_connections, fitted.max_connections) == (60, 20)
    assert fitted.max_client_connections + fitted.max_connections + RESERVE == 128
    assert [record.getMessage() for record in caplog.records] == [
        "too_few_open_files limit=128 wanted=1148 max_client_connections=60 max_connections=20 configured='1000 and 100'"
    ]


def test_too_few_open_files_are_refused_at_the_start_with_the_numbers(
    limit_open_files: Callable[[int, int], list[Limit]],
) -> None:
    limit_open_files(50, 50)

    with pytest.raises(StartupError, match=rf"open files is 50 \(ulimit -n\)\. .*at least {RESERVE + FEWEST}"):
        fit_connections(settings(1000, 100))
