"""The lines that `threadkeep serve` prints when it is ready: its URL, the first admin key, a command to try."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..escaping import visible

if TYPE_CHECKING:
    from ..settings import Settings

_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound to it here
"""A service that listens to all addresses, and an address at which this machine reaches it."""


def print_greeting(settings: Settings, port: int, plain: str | None) -> None:
    """Print where the service is, and the admin key if this start has created it."""
    host = _THIS_MACHINE.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    url = f"http://{host}:{port}"
    lines = ["", "Threadkeep is ready.", f"  URL:       {url}", f"  API docs:  {url}/docs"]
    lines += [f"  Data:      {settings.target}", f"  MongoDB:   threadkeep mongosh{_folder(settings)} opens a shell"]
    lines += [f"             threadkeep url{_folder(settings)} prints the address for other programs"]
    if plain is not None:
        lines += [f"  Admin key: {plain}", "             Shown this once, and stored only as a hash: keep it safe."]
        lines += ["  Try it:", f"    curl -H 'Authorization: Bearer {plain}' {url}/v1/users"]
    else:
        lines += ["  Try it:", f"    curl {url}/readyz"]
    print("\n".join(map(visible, lines)), flush=True)  # noqa: T201 - the command's output


def _folder(settings: Settings) -> str:
    """The option that names the data folder, if a command in this folder does not find it."""
    is_found = settings.mongodb_url is not None or settings.data_dir == type(settings).model_fields["data_dir"].default
    return "" if is_found else f" --data-dir {shlex.quote(str(settings.data_dir))}"
