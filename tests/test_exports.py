"""What `threadkeep` exports, and what importing it costs."""

import subprocess
import sys

import pytest

import threadkeep

HEAVY = ("fastapi", "uvicorn", "beanie", "pymongo", "httpx2", "pydantic", "typer", "rich", "prometheus_client")


def test_exports_are_sorted_and_all_there() -> None:
    assert threadkeep.__all__ == sorted(threadkeep.__all__, key=lambda name: name)
    for name in threadkeep.__all__:
        assert getattr(threadkeep, name).__name__ == name


def test_every_error_is_exported() -> None:
    def tree(error: type[Exception]) -> set[str]:
        below = (tree(child) for child in error.__subclasses__() if child.__module__ == "threadkeep.errors")
        return {error.__name__}.union(*below)

    assert tree(threadkeep.ThreadkeepError) <= set(threadkeep.__all__)


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import threadkeep", set()),
        ("from threadkeep import Client", {"httpx2"}),
        ("import threadkeep.cli", {"typer"}),  # all that `threadkeep --help` imports
        (
            "import threadkeep.server.__main__",
            {"fastapi", "uvicorn", "beanie", "pymongo", "pydantic"},
        ),  # what a worker carries
    ],
)
def test_importing_loads_no_heavy_library_that_it_does_not_need(statement: str, allowed: set[str]) -> None:
    code = f"import sys\n{statement}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert set(loaded.split()) == allowed


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(threadkeep, "Nothing")
