"""Any rate lets a key send at that rate, refuses more with the time to wait, and says so in the headers."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from threadkeep.errors import RateLimited
from threadkeep.routers.http import rate_limits
from threadkeep.routers.http.rate_limits import RateLimits, rate_limit_headers
from threadkeep.services import Caller
from threadkeep.settings import Settings

CALLER = Caller("service", key_id="key")


class Clock:
    """The monotonic clock, at the time that the test sets."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limits, "time", clock)
    return clock


def limits(rate: float) -> RateLimits:
    return RateLimits(Settings(_env_file=None, key_requests_per_second=rate, key_bytes_per_second=0))


def refusal(checked: RateLimits) -> RateLimited:
    """Send requests until one is refused."""
    for _ in range(1000):
        try:
            checked.check(CALLER)
        except RateLimited as error:
            return error
    raise AssertionError("no request was refused")


@given(st.floats(0.001, 50))
@example(0.001)
@example(0.05)
@example(0.1)
@example(1.0)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_key_of_any_rate_is_served_again_after_the_time_of_retry_after(clock: Clock, rate: float) -> None:
    checked = limits(rate)
    checked.check(CALLER)
    error = refusal(checked)

    clock.seconds += error.retry_after
    checked.check(CALLER)

    headers = {name: value.decode() for name, value in rate_limit_headers(error)}
    quota, window = map(int, re.findall(r"\d+", headers[b"ratelimit-policy"]))
    assert quota >= 1
    assert quota / window == pytest.approx(rate, rel=0.5)
    assert headers[b"ratelimit"] == f'"requests";r=0;t={error.retry_after}'
    assert f"{rate:,.12g} requests per second" in str(error)


def test_a_rate_of_0_is_no_limit() -> None:
    checked = limits(0)

    for _ in range(1000):
        checked.check(CALLER)
    assert checked.refused == 0


def test_bytes_of_a_key_are_limited_for_all_keys_of_its_user(clock: Clock) -> None:
    checked = RateLimits(Settings(_env_file=None, key_bytes_per_second=1000))
    one, other = Caller("user", "user_a", "tk_1"), Caller("user", "user_a", "tk_2")
    allowance = checked.check(one)

    allowance.bytes -= 12_500
    with pytest.raises(RateLimited) as refused:
        checked.check(other)
    checked.check(Caller("user", "user_b", "tk_3"))
    clock.seconds += refused.value.retry_after

    checked.check(other)
    assert (refused.value.kind, refused.value.retry_after) == ("bytes", 3)
