"""The report and the command line of the benchmarks, without a run."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
import pytest
from typer.testing import CliRunner

from threadkeep.benchmarks import cli, documentation
from threadkeep.benchmarks.chart import chart
from threadkeep.benchmarks.cli import app
from threadkeep.benchmarks.effort import FULL, QUICK, SMOKE, RunSize
from threadkeep.benchmarks.load import Refused
from threadkeep.benchmarks.parts import PARTS
from threadkeep.benchmarks.report import Report
from threadkeep.benchmarks.rounds import Comparison, Lap
from threadkeep.benchmarks.table import Table, judged
from threadkeep.benchmarks.targets import BATCH, REQUESTS, START, finding
from threadkeep.tests.docs.outputs import IS_RECORDING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def report() -> Report:
    report = Report("quick", "MongoDB 8", datetime(2026, 11, 22, tzinfo=UTC))
    table = Table("requests", "CPU of a request", "How to read it.", judged("request", "floor"))
    for name in REQUESTS:
        table.add(name, "100 µs", found=finding(name, 1.4))
    report.tables.append(table)
    return report


@pytest.mark.slow
def test_a_refused_part_does_not_stop_the_other_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_: object) -> list[Table]:
        raise Refused("503: later")

    async def answered(_: object) -> list[Table]:
        return [Table("disk", "Bytes", "", ["what"])]

    @asynccontextmanager
    async def on_nothing(effort: RunSize, _: object) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(effort=effort, mongodb=SimpleNamespace(description="none"))

    monkeypatch.setattr(cli, "stage", on_nothing)
    monkeypatch.setitem(PARTS, "requests", refused)
    monkeypatch.setitem(PARTS, "disk", answered)
    run = CliRunner().invoke(app, ["--only", "requests", "--only", "disk"])

    assert run.exit_code == 1
    assert "### Bytes" in run.stdout
    assert "make bench: requests was given up, a request was refused: 503: later" in run.stderr


def test_help_names_every_option_and_part() -> None:
    output = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "240", "TERM": "dumb"}).output

    for option in ("quick", "full", "smoke", "only", "history", "json", "svg", "write-docs"):
        assert f"--{option}" in output
    for part in PARTS:
        assert part in output


def test_two_efforts_at_once_are_refused() -> None:
    assert CliRunner().invoke(app, ["--quick", "--full"]).exit_code == 2


def test_every_part_of_an_effort_exists_and_only_other_libraries_are_omitted() -> None:
    for effort in (SMOKE, QUICK, FULL):
        assert set(effort.parts) <= set(PARTS)
    assert set(PARTS) - set(FULL.parts) == {"peers", "adapters"}


def test_a_missed_target_is_named_and_only_a_gross_miss_is_a_regression(report: Report) -> None:
    assert "not reached: list 100 (1.40, target ≤ 1.20)" in report.verdict()
    assert report.gross == []
    assert finding("batch", BATCH.at_most * 2.1, BATCH).gross
    assert not finding("import", 100, START["import threadkeep"]).gross  # seconds depend on the machine


def test_figures_are_in_the_json_and_in_the_chart(report: Report) -> None:
    (table,) = orjson.loads(report.json())["tables"]

    assert {found["what"]: found["target"] for found in table["findings"]} == {
        name: target.at_most for name, target in REQUESTS.items()
    }
    drawing = chart(report.findings)
    assert all(name in drawing for name in REQUESTS)
    assert set(re.findall(r"var\(--([\w-]+)\)", drawing)) <= set(re.findall(r"--([\w-]+):", drawing))


def test_pages_have_a_section_for_every_part() -> None:
    page = (ROOT / documentation.PAGE).read_text()

    assert set(re.findall(r"<!-- bench: ([\w-]+) -->", page)) == PARTS.keys()
    assert documentation.replaced((ROOT / documentation.README).read_text(), "requests", "new")
    with pytest.raises(LookupError, match="'nothing'"):
        documentation.replaced(page, "nothing", "new")


QUOTIENTS = {
    "CPU time of a request": ("measured", "ours", "floor"),
    "The OpenAI API, compared with the native API": ("measured", "OpenAI", "native"),
    "In process, compared with the raw driver": ("measured", "ours", "raw"),
    "The Python client, compared with httpx2 and orjson": ("measured", "ours", "httpx2 and orjson"),
    "Requests by the length of the thread": ("measured", "1,000,000", "100"),
    "A list by the number of threads of the user": ("measured", "1,000,000", "100"),
    "Deleting a long thread": ("measured", "during deletion", "before"),
}
"""The column of each table that divides two other columns."""


def number(cell: str) -> tuple[float, float]:
    """The least and the greatest figure that the cell may round."""
    digits = re.sub(r"[^\d.]", "", cell)
    half = 0.5 / 10 ** len(digits.partition(".")[2])
    return float(digits) - half, float(digits) + half


def test_every_ratio_of_a_table_divides_the_figures_beside_it() -> None:
    stored = orjson.loads((ROOT / documentation.FIGURES).read_bytes())
    tables = {table["title"]: table["rows"] for part in stored.values() for table in part["tables"]}
    for title, (quotient, dividend, divisor) in QUOTIENTS.items():
        rows = [row for row in tables[title] if row[quotient] and row[dividend]]
        assert rows, title
        for row in rows:
            (least, most), (low, high), (few, many) = (number(row[name]) for name in (quotient, dividend, divisor))
            assert low / many <= most, row
            assert high / few >= least, row


def test_every_figure_in_units_of_threadkeep_divides_the_figures_of_its_rows() -> None:
    stored = orjson.loads((ROOT / documentation.FIGURES).read_bytes())
    rows = stored["peers"]["tables"][0]["rows"]
    ours = {(row["call"], row["messages"]): row["CPU"] for row in rows if row["library"] == "Threadkeep"}

    for row in rows:
        (least, most), (low, high) = number(row["CPU / Threadkeep"]), number(row["CPU"])
        few, many = number(ours[row["call"], row["messages"]])
        assert low / many <= most, row
        assert high / few >= least, row


def test_pages_and_chart_show_the_stored_figures() -> None:
    for page, text in documentation.rendered().items():
        if IS_RECORDING:
            (ROOT / page).write_text(text)
        assert (ROOT / page).read_text() == text, f"`make docs` writes {page} anew"


def test_a_ratio_divides_the_medians_that_a_table_shows() -> None:
    found = Comparison({"ours": [Lap(cpu, 0) for cpu in (1, 2, 9)], "floor": [Lap(cpu, 0) for cpu in (4, 1, 1)]})

    assert found.ratio("ours", "floor") == found.cpu("ours") / found.cpu("floor") == 2


@pytest.mark.slow
def test_only_measured_parts_are_replaced_in_pages(report: Report, tmp_path: Path) -> None:
    blocks = "".join(
        f"Before.\n<!-- bench: {part} -->\nold {part}\n<!-- /bench -->\n" for part in ("requests", "memory")
    )
    for page_path in (documentation.PAGE, documentation.README):
        (tmp_path / page_path).parent.mkdir(exist_ok=True)
        (tmp_path / page_path).write_text(blocks)

    documentation.write(report, tmp_path)
    documentation.write(report, tmp_path)  # the second write replaces the first

    page = (tmp_path / documentation.PAGE).read_text()
    assert "old requests" not in page
    assert page.count("### CPU of a request") == 1
    assert "old memory" in page
    assert "How to read it." not in (tmp_path / documentation.README).read_text()
    assert orjson.loads((tmp_path / documentation.FIGURES).read_bytes()).keys() == {"requests"}
    assert (tmp_path / documentation.CHART).read_text().startswith("<svg ")
