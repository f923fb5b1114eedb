"""`threadkeep keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .connection import DataDir, load_settings, with_keep
from .terminal import add_row, say, show, table_of

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import KeyRecord

_PREFIX_CHARACTERS = 11

keys = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.command()
def create(
    scope: Annotated[
        str,
        typer.Option(
            help="**admin** may do everything. **service** reads and writes all threads. **user** acts for one user."
        ),
    ] = "service",
    user_id: Annotated[str | None, typer.Option(help="The user of the key. For --scope user only.")] = None,
    name: Annotated[str | None, typer.Option(help="A name for your own use.")] = None,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, help="The number of days after which the key expires.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a key and print it. It is shown only now, because the database stores only its hash."""

    async def work(keep: Threadkeep) -> str:
        created = await keep.key_service.create_key(
            scope,  # type: ignore[arg-type]  # the service checks it and names the error
            user_id=user_id,
            key_name=name,
            expires_in_days=expires_in_days,
        )
        return str(created.plain_key)

    say(with_keep(load_settings(data_dir=data_dir), work))


@keys.command("list")
def list_keys(
    user_id: Annotated[str | None, typer.Option(help="Only the keys of this user.")] = None, data_dir: DataDir = None
) -> None:
    """Show all keys without their secrets, which are not stored."""

    async def work(keep: Threadkeep) -> list[KeyRecord]:
        return await keep.key_service.list_keys(user_id)

    table = table_of(("prefix", "scope", "user", "name", "active", "created", "last used"))
    for key in with_keep(load_settings(data_dir=data_dir), work):
        add_row(
            table,
            key.prefix,
            key.scope,
            key.user_id or "",
            key.key_name or "",
            "yes" if key.is_active else "no",
            key.created_at[:19],
            (key.last_used_at or "never")[:19],
        )
    show(table)


@keys.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="The first characters of the key, as `keys list` shows them.")],
    data_dir: DataDir = None,
) -> None:
    """Revoke a key. Running servers refuse it within seconds.

    The argument may be the whole key: the command uses its prefix, and never prints the rest.
    """
    prefix = prefix[:_PREFIX_CHARACTERS]

    async def work(keep: Threadkeep) -> None:
        await keep.key_service.revoke_key(prefix)

    with_keep(load_settings(data_dir=data_dir), work)
    say(f"{prefix}… is revoked.")
