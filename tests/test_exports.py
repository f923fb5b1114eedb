"""The exports of `threadkeep`, and the libraries that an import of it loads."""

import subprocess
import sys

import pytest

import threadkeep

HEAVY = ("fastapi", "uvicorn", "beanie", "pymongo", "httpx2", "pydantic", "typer", "rich", "prometheus_client")


def test_exports_are_sorted_and_exist() -> None:
    assert threadkeep.__all__ == sorted(threadkeep.__all__, key=lambda name: name)
    for name in threadkeep.__all__:
        assert getattr(threadkeep, name).__name__ == name


def test_every_error_is_exported() -> None:
    def tree(error: type[Exception]) -> set[str]:
        below = (tree(child) for child in error.__subclasses__() if child.__module__ == "threadkeep.errors")
        return {error.__name__}.union(*below)

    assert tree(threadkeep.ThreadkeepError) <= set(threadkeep.__all__)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import threadkeep", set()),
        ("from threadkeep import Client", {"httpx2"}),
        ("import threadkeep.cli", {"typer"}),  # all that `threadkeep --help` imports
        (
            "import threadkeep.server.__main__",
            {"fastapi", "uvicorn", "beanie", "pymongo", "pydantic"},
        ),  # the libraries of a worker process
    ],
)
def test_imports_load_only_the_heavy_libraries_that_they_need(statement: str, allowed: set[str]) -> None:
    code = f"import sys\n{statement}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert set(loaded.split()) == allowed


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(threadkeep, "Nothing")
