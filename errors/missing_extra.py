"""The error of a part whose packages are not installed."""

from __future__ import annotations

from .base import StartupError


class MissingExtra(StartupError, ImportError):
    """A package is not installed. The message is one sentence, with the extra that installs it. `name` is the package."""

    def __init__(self, part: str, extra: str, name: str | None) -> None:
        super().__init__(f"{part} needs {name or extra}: pip install 'threadkeep[{extra}]'.")
        self.name = name
