import pytest

from threadkeep.report.formatting import compared, counted, percent, seconds, size


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 ms"),
        (0.0412, "41 ms"),
        (1, "1.0 s"),
        (9.96, "10.0 s"),
        (42.4, "42 s"),
        (90, "1.5 min"),
        (7200, "2.0 h"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_seconds_are_formatted_in_the_unit_that_fits(value: float | None, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2.5e13, "25.0 TB")])
def test_sizes_are_formatted_in_the_unit_that_fits(value: float, text: str) -> None:
    assert size(value) == text


def test_shares_have_a_precision_that_fits_their_size() -> None:
    assert [percent(value) for value in (None, 0, 0.0123, 0.5, 1)] == ["\N{EN DASH}", "0 %", "1.2 %", "50 %", "100 %"]


def test_nouns_follow_their_number() -> None:
    assert [counted(1, "reply", "replies"), counted(2000, "reply", "replies")] == ["1 reply", "2,000 replies"]


def test_changes_are_formatted_as_sentences() -> None:
    assert compared(0.25, 30) == ", 25 % more than in the 30 days before"
    assert compared(-0.5, 1) == ", 50 % fewer than in the 1 day before"
    assert compared(0.004, 30) == ", as many as in the 30 days before"
    assert compared(None, 30) == ""
