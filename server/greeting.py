"""The lines that `threadkeep serve` prints when it is ready: its URL, the first admin key, a command to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings


def print_greeting(settings: Settings, port: int, plain: str | None) -> None:
    """Print where the service is, and the admin key if this start has created it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{port}"
    lines = ["", "Threadkeep is ready.", f"  URL:       {url}", f"  API docs:  {url}/docs"]
    if plain is not None:
        lines += [f"  Admin key: {plain}", "             Shown this once, and stored only as a hash: keep it safe."]
        lines += ["  Try it:", f"    curl -H 'Authorization: Bearer {plain}' {url}/v1/users"]
    else:
        lines += ["  Try it:", f"    curl {url}/readyz"]
    print("\n".join(lines), flush=True)  # noqa: T201 - the command's output
