import pytest

from threadkeep.report.formatting import compared, counted, named, part, percent, quoted, seconds, size


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 %"),
        (0.0001, "less than 0.1 %"),
        (0.0123, "1.2 %"),
        (0.5, "50 %"),
        (0.998, "99.8 %"),
        (0.9999, "more than 99.9 %"),
        (1, "100 %"),
        (1.82, "182 %"),
    ],
)
def test_shares_have_a_precision_that_fits_their_size(value: float | None, text: str) -> None:
    assert percent(value) == text


def test_shares_have_their_amounts() -> None:
    assert part(1, 4, "call") == "25 % (1 of 4 calls)"
    assert part(0, 0, "call") == "\N{EN DASH} (0 of 0 calls)"


def test_nouns_follow_their_number() -> None:
    assert [counted(1, "reply", "replies"), counted(2000, "reply", "replies")] == ["1 reply", "2,000 replies"]


@pytest.mark.parametrize(
    ("now", "before", "days", "text"),
    [
        (5, 0, 30, ""),
        (125, 100, 30, ", 25 % more than the 100 in the 30 days before"),
        (1, 2, 1, ", 50 % fewer than the 2 on the day before"),
        (100, 100, 7, ", as many as in the 7 days before"),
        (1004, 1000, 7, ", about as many as the 1,000 in the 7 days before"),
    ],
)
def test_changes_are_formatted_as_sentences(now: int, before: int, days: int, text: str) -> None:
    assert compared(now, before, days) == text


def test_values_of_metadata_are_texts_or_json() -> None:
    assert [quoted(value) for value in ("a", 1, True, {"b": None})] == ["“a”", "1", "true", '{"b":null}']
    assert named("x" * 100) == f"{'x' * 60}…"
