"""`threadkeep keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .connection import DataDir, load_settings, with_keep

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import KeyRecord

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.command()
def create(
    scope: Annotated[
        str,
        typer.Option(
            help="**admin** may do everything, **service** reads and writes all threads, **user** acts for one user."
        ),
    ] = "service",
    user_id: Annotated[str | None, typer.Option(help="Whose key it is; with --scope user.")] = None,
    name: Annotated[str | None, typer.Option(help="What you will recognise it by.")] = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="When it stops working by itself.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it: this once, for only its hash is stored."""

    async def work(keep: Threadkeep) -> str:
        made = await keep.key_service.create_key(
            scope,  # type: ignore[arg-type]  # checked by the service, which names what is wrong
            user_id=user_id,
            key_name=name,
            expires_in_days=expires_in_days,
        )
        return str(made.plain_key)

    typer.echo(with_keep(load_settings(data_dir=data_dir), work))


@keys.command("list")
def list_keys(
    user_id: Annotated[str | None, typer.Option(help="Only the keys of this user.")] = None, data_dir: DataDir = None
) -> None:
    """Show what is known of all keys; their secrets are stored nowhere."""

    async def work(keep: Threadkeep) -> list[KeyRecord]:
        return await keep.key_service.list_keys(user_id)

    from rich.console import Console
    from rich.table import Table

    table = Table("prefix", "scope", "user", "name", "works", "made", "last used")
    for key in with_keep(load_settings(data_dir=data_dir), work):
        table.add_row(
            key.prefix,
            key.scope,
            key.user_id or "",
            key.key_name or "",
            "yes" if key.is_active else "no",
            key.created_at[:19],
            (key.last_used_at or "never")[:19],
        )
    Console().print(table)


@keys.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="The first characters of the key, as `keys list` shows them.")],
    data_dir: DataDir = None,
) -> None:
    """Stop a key from working; running services notice within seconds."""

    async def work(keep: Threadkeep) -> None:
        await keep.key_service.revoke_key(prefix)

    with_keep(load_settings(data_dir=data_dir), work)
    typer.echo(f"{prefix}… does not work any more.")
