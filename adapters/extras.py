"""The error of an adapter whose framework is not installed."""

from __future__ import annotations


def missing_extra(extra: str, error: ImportError) -> ImportError:
    """The error that names the extra to install, in one sentence."""
    return ImportError(
        f"This adapter needs {error.name or extra}: pip install 'threadkeep[{extra}]'.",
        name=error.name,
        path=error.path,
    )
