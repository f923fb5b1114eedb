"""What `perf stat` prints, read."""

import pytest

from threadkeep.benchmarks.instructions import total


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("123456,,instructions,1000,100.00,,\n", 123456.0),
        ("# started on a Sunday\n\n42.5,msec,task-clock,1,100.00,,\n", 42.5),
        ("<not supported>,,instructions,0,100.00,,\n", None),
        ("", None),
    ],
)
def test_count_is_read_where_there_is_one(said: str, count: float | None) -> None:
    assert total(said) == count
