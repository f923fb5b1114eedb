"""The tool calls of OpenAI's Assistants API. They exist only in the steps of runs, and stand before the answer of the run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..conversations import Listed, call, client_id_of, merged, numbered, oldest_first, output, time_of

if TYPE_CHECKING:
    from ..conversations import Conversation, SourceMessage

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def with_steps(
    messages: list[SourceMessage], runs: list[dict[str, Any]], steps: list[dict[str, Any]], found: Conversation
) -> list[SourceMessage]:
    """The messages, with calls. The calls of a step stand before the answer that a later step of the run created."""
    found.model = next((run["model"] for run in reversed(runs) if isinstance(run.get("model"), str)), None)
    by_run: dict[str, list[dict[str, Any]]] = {}
    for step in steps + [inner for run in runs for inner in _inner_steps(run)]:
        by_run.setdefault(str(step.get("run_id")), []).append(step)
    before: dict[str, list[SourceMessage]] = {}
    behind: list[SourceMessage] = []
    answers = {str(one.fields.get("run_id")): one.id for one in messages if "run_id" in one.fields}
    for run_id, listed in by_run.items():
        waiting: list[SourceMessage] = []
        for step in oldest_first([Listed(listed, is_page=True)], lambda one: one)[0]:
            details = step.get("step_details") or {}
            created = (details.get("message_creation") or {}).get("message_id")
            if created:
                before.setdefault(str(created), []).extend(waiting)
                waiting = []
            waiting += _calls(step, details)
        answer = answers.get(run_id)
        if answer is not None:
            before.setdefault(answer, []).extend(waiting)
        else:
            behind += waiting
    ordered = [one for message in messages for one in (*before.pop(message.id, ()), message)]
    rest = [*behind, *(one for left in before.values() for one in left)]
    # Calls of runs without an answer stand behind the last message that is not newer than they are.
    return merged(ordered, rest, lambda one: time_of(one.created_at), _EARLIEST) if rest else ordered


def _inner_steps(run: dict[str, Any]) -> list[dict[str, Any]]:
    steps = run.get("steps")
    if isinstance(steps, dict):
        steps = steps.get("data")
    return [{"run_id": run.get("id"), **step} for step in steps or () if isinstance(step, dict)]


def _calls(step: dict[str, Any], details: dict[str, Any]) -> list[SourceMessage]:
    found: list[SourceMessage] = []
    step_id = client_id_of(str(step.get("id")))
    for tool in details.get("tool_calls") or ():
        kind = str(tool.get("type") or "function")
        inner = tool.get(kind) or {}
        call_id = str(tool.get("id") or f"{step_id}/{len(found)}")
        name = str(inner.get("name") or kind)
        arguments = inner.get("arguments", inner.get("input", {}))
        found.append(call("", call_id, name, arguments))
        result = inner.get("output", inner.get("outputs", inner.get("results")))
        if result is not None:
            found.append(output("", call_id, _result(result), tool_id=name))
    for message in found:
        message.created_at = step.get("created_at")
        message.assistant_id = step.get("assistant_id")
        message.run_id = step.get("run_id")
    return numbered(str(step.get("id") or found[0].tool_call_id or "step"), found) if found else []


def _result(result: Any) -> Any:
    """The output of a call. A list of logs becomes one text."""
    if isinstance(result, list) and result and all(isinstance(one, dict) and "logs" in one for one in result):
        return "\n".join(str(one["logs"]) for one in result)
    return result
