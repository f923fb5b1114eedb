"""The agent in the Claude Agent SDK, with a program in the place of Claude Code."""

from __future__ import annotations

import json
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    HookMatcher,
    ResultMessage,
    create_sdk_mcp_server,
    project_key_for_directory,
    tool,
)

from threadkeep.adapters.claude_agent_sdk import ThreadkeepSessionStore
from threadkeep.tests.adapters.runs import claude_program
from threadkeep.tests.adapters.runs.agent import NAME, Run

_SESSION_ID = str(uuid.uuid5(uuid.NAMESPACE_OID, NAME))


class Claude(Run):
    """Claude Agent SDK: a hook defers the call, and the SDK writes the stored session to a file to resume it."""

    @property
    def external_id(self) -> str:
        """The external id of the thread of the session."""
        return _SESSION_ID

    async def ask(self, text: str) -> Any:
        result = await self._run(text, decision="defer")
        return None if result.deferred_tool_use is None else result.session_id

    async def approve(self, kept: Any) -> None:
        assert kept == _SESSION_ID
        await self._run("", decision="allow")

    async def _run(self, text: str, *, decision: str) -> ResultMessage:
        sessions = ThreadkeepSessionStore(self.store, external_id=lambda _, session_id: session_id)
        with tempfile.TemporaryDirectory() as folder:
            key = project_key_for_directory(str(Path(folder).parent))
            is_known = await sessions.load({"project_key": key, "session_id": _SESSION_ID}) is not None
            named: Any = {"resume": _SESSION_ID} if is_known else {"session_id": _SESSION_ID}
            sent = Path(folder, "sent")
            options = ClaudeAgentOptions(
                cli_path=_program(folder),
                cwd=str(Path(folder).parent),
                env={"RUN_SENT": str(sent), "RUN_PROJECT": key, "CLAUDE_CONFIG_DIR": folder},
                hooks={"PreToolUse": [HookMatcher(matcher="book", hooks=[_decides(decision)])]},
                mcp_servers={"tools": self._tools()},
                session_store=sessions,
                **named,
            )
            async with ClaudeSDKClient(options) as client:
                await client.query(text)
                [result] = [one async for one in client.receive_response() if isinstance(one, ResultMessage)]
            self.sent += _sent(sent)
        return result

    def _tools(self) -> Any:
        def offered(name: str) -> Any:
            async def call(given: dict[str, Any]) -> dict[str, Any]:
                return {"content": [{"type": "text", "text": await getattr(self, name)(given["city"])}]}

            return tool(name, name, {"city": str})(call)

        return create_sdk_mcp_server("tools", tools=[offered(name) for name in ("weather", "book", "search")])


def _sent(path: Path) -> list[list[Any]]:
    return [[tuple(fact) for fact in facts] for facts in json.loads(path.read_text())]


def _decides(decision: str) -> Any:
    async def decide(*_: Any) -> Any:
        return {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": decision}}

    return decide


def _program(folder: str) -> str:
    path = Path(folder, "program")
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {claude_program.__name__} "$@"\n')
    path.chmod(0o700)
    return str(path)
