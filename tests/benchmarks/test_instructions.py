"""The parser of the output of `perf stat`."""

import pytest

from threadkeep.benchmarks.instructions import total


@pytest.mark.parametrize(
    ("output", "count"),
    [
        ("123456,,instructions,1000,100.00,,\n", 123456.0),
        ("# started on a Sunday\n\n42.5,msec,task-clock,1,100.00,,\n", 42.5),
        ("<not supported>,,instructions,0,100.00,,\n", None),
        ("", None),
    ],
)
def test_the_count_is_read_if_the_output_has_one(output: str, count: float | None) -> None:
    assert total(output) == count
