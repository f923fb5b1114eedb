"""`threadkeep mcp`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import StartupError
from .application import Command

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(mcp)


def mcp(
    url: Annotated[
        str | None, typer.Option(help="The address of the Threadkeep service.", show_default="THREADKEEP_URL")
    ] = None,
    transport: Annotated[
        Literal["stdio", "http"],
        typer.Option(help="**stdio** for a program that starts this command, **http** for streamable HTTP at /mcp."),
    ] = "stdio",
    host: Annotated[str, typer.Option(help="The address to listen on with **http**.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on with **http**.")] = 8001,
) -> None:
    """Serve threads to AI assistants, over the Model Context Protocol.

    With **stdio**, the key in **THREADKEEP_API_KEY** is used. With **http**, each request needs a key of its own, as
    `Authorization: Bearer tk_…`. A key has the rights that it has in the HTTP API.
    """
    import asyncio

    from ..mcp_server import ClientsOfKeys, mcp_server

    key = os.environ.get("THREADKEEP_API_KEY")
    if transport == "stdio" and not key:
        raise StartupError("THREADKEEP_API_KEY is not set: create a key with `threadkeep keys create`.")

    async def run() -> None:
        import httpx2

        async with httpx2.AsyncClient() as http:
            server = mcp_server(ClientsOfKeys(url, key if transport == "stdio" else None, http))
            await _serve(server, transport, host, port)

    asyncio.run(run())


async def _serve(server: MCPServer[Any], transport: str, host: str, port: int) -> None:
    if transport == "stdio":
        await server.run_stdio_async()
    else:
        await server.run_streamable_http_async(host=host, port=port, stateless_http=True, json_response=True)
