"""Records the commands that a client sends to its server."""

from __future__ import annotations

from typing import Any

from pymongo import monitoring


class Commands(monitoring.CommandListener):
    """Listener that collects the commands of a client."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.sent.append({**event.command})

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Record nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Record nothing."""

    def of(self, name: str) -> list[dict[str, Any]]:
        return [command for command in self.sent if next(iter(command), None) == name]  # a redacted command is empty
