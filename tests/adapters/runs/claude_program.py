"""A program in the place of Claude Code: it speaks its protocol, keeps its transcripts, and has the model of the agent.

The session that it resumes is a file of the SDK. The requests to its model go to the file that `RUN_SENT` names.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from threadkeep.tests.adapters.runs.agent import Call, Run

_ZERO = {"duration_ms": 1, "duration_api_ms": 1, "is_error": False, "num_turns": 1}


class _Program:
    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._run = Run(None)  # type: ignore[arg-type]  # the program has no store: the SDK has it
        key = os.environ["RUN_PROJECT"]
        self._file = Path(os.environ["CLAUDE_CONFIG_DIR"], "projects", key, f"{session_id}.jsonl")
        self._entries: list[Any] = []
        if self._file.exists():
            self._entries = [json.loads(line) for line in self._file.read_text().splitlines()]
        self._hook: str | None = None
        self._requests = 0

    def serve(self) -> None:
        """Answer each request until the input ends."""
        for line in sys.stdin:
            message = json.loads(line)
            if message["type"] == "control_request":
                hooks = message["request"].get("hooks") or {}
                self._hook = next((one["hookCallbackIds"][0] for one in hooks.get("PreToolUse", [])), None)
                response = {"subtype": "success", "request_id": message["request_id"], "response": {}}
                _tell({"type": "control_response", "response": response})
            elif message["type"] == "user":
                self._answer(message["message"]["content"])

    def _answer(self, text: str) -> None:
        waiting = self._unanswered()
        if text:
            self._keep("user", text)
        deferred = None if text else self._call(waiting)
        while deferred is None:
            said = self._run.answer(self._facts())
            Path(os.environ["RUN_SENT"]).write_text(json.dumps(self._run.sent))
            if isinstance(said, str):
                self._keep("assistant", [{"type": "text", "text": said}])
                break
            blocks = [{"type": "tool_use", "id": one.id, "name": one.name, "input": one.arguments} for one in said]
            self._keep("assistant", blocks)
            deferred = self._call(said)
        shown = None if deferred is None else {"id": deferred.id, "name": deferred.name, "input": deferred.arguments}
        ended = {"type": "result", "subtype": "success", "session_id": self._session_id, "deferred_tool_use": shown}
        _tell({**ended, **_ZERO})

    def _call(self, calls: list[Call]) -> Call | None:
        """Call the tools at once, and keep each result as it comes. Returns the call that the hook has deferred."""
        deferred = next((call for call in calls if call.name == "book" and self._is_deferred(call)), None)
        self._ask({"subtype": "mcp_message", "server_name": "tools", "message": _hello("initialize", 0)})
        asked = {}
        for call in calls:
            if call != deferred:
                message = _hello("tools/call", call.id, name=call.name, arguments=call.arguments)
                asked[self._send({"subtype": "mcp_message", "server_name": "tools", "message": message})] = call
        while asked:
            request_id, response = _heard()
            call = asked.pop(request_id)
            text = response["mcp_response"]["result"]["content"][0]["text"]
            self._keep("user", [{"type": "tool_result", "tool_use_id": call.id, "content": text}])
        return deferred

    def _is_deferred(self, call: Call) -> bool:
        given = {"hook_event_name": "PreToolUse", "tool_name": call.name, "tool_input": call.arguments}
        said = self._ask({"subtype": "hook_callback", "callback_id": self._hook, "input": given})
        return bool(said["hookSpecificOutput"]["permissionDecision"] == "defer")

    def _ask(self, request: dict[str, Any]) -> Any:
        self._send(request)
        return _heard()[1]

    def _send(self, request: dict[str, Any]) -> str:
        self._requests += 1
        request_id = f"r{self._requests}"
        _tell({"type": "control_request", "request_id": request_id, "request": request})
        return request_id

    def _keep(self, role: str, content: Any) -> None:
        parent = self._entries[-1]["uuid"] if self._entries else None
        names = {"uuid": str(uuid.uuid4()), "parentUuid": parent, "sessionId": self._session_id}
        entry = {"type": role, **names, "message": {"role": role, "content": content}}
        self._entries.append(entry)
        _tell({"type": "transcript_mirror", "filePath": str(self._file), "entries": [entry]})

    def _unanswered(self) -> list[Call]:
        facts = self._facts(has_unanswered=True)
        answered = {fact[1] for fact in facts if fact[0] == "output"}
        calls = [fact for fact in facts if fact[0] == "call" and fact[1] not in answered]
        return [Call(one, name, one.partition("-")[0]) for _, one, name in calls]

    def _facts(self, *, has_unanswered: bool = False) -> list[Any]:
        """Return the facts that the model gets. Like Claude Code, it leaves out calls that were never answered."""
        found: list[Any] = []
        for entry in self._entries:
            content = entry["message"]["content"]
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            found += [_fact(block, entry["type"]) for block in blocks]
        answered = {fact[1] for fact in found if fact[0] == "output"}
        return [fact for fact in found if has_unanswered or fact[0] != "call" or fact[1] in answered]


def _fact(block: dict[str, Any], role: str) -> Any:
    if block["type"] == "tool_use":
        return "call", block["id"], block["name"]
    if block["type"] == "tool_result":
        return "output", block["tool_use_id"], block["content"]
    return role, block["text"]


def _hello(method: str, number: Any, **params: Any) -> dict[str, Any]:
    if method == "initialize":
        params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "p", "version": "1"}}
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _heard() -> tuple[str, Any]:
    line = sys.stdin.readline()
    if not line:
        raise SystemExit
    response = json.loads(line)["response"]
    return response["request_id"], response["response"]


def _session_id() -> str:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--resume", "--session-id", dest="session_id")
    return str(parser.parse_known_args()[0].session_id)


if __name__ == "__main__":
    _Program(_session_id()).serve()
