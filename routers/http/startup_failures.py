"""Says in one sentence why an application cannot start. Servers such as uvicorn print the text of this message."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ...errors import ThreadkeepError

if TYPE_CHECKING:
    from starlette.types import Message, Send


def without_traceback(send: Send) -> Send:
    """Return `send`, which puts the sentence of our error where Starlette puts its traceback."""

    async def send_sentence(message: Message) -> None:
        error = sys.exception()  # Starlette sends the message while it handles the error
        if message["type"] == "lifespan.startup.failed" and isinstance(error, ThreadkeepError):
            message = {**message, "message": f"threadkeep: {error}"}
        await send(message)

    return send_sentence
