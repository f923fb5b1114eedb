"""The tool calls of OpenAI's Assistants API. They exist only in the steps of runs, and stand before the answer of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..message_order import Listed, oldest_first
from ..stored_forms import call, numbered, output
from ..times import time_of

if TYPE_CHECKING:
    from ..conversation import Conversation, SourceMessage


def with_steps(
    messages: list[SourceMessage], runs: list[dict[str, Any]], steps: list[dict[str, Any]], found: Conversation
) -> list[SourceMessage]:
    """The messages with the calls of each run before the answer that its next step created."""
    found.model = next((run["model"] for run in reversed(runs) if isinstance(run.get("model"), str)), None)
    by_run: dict[str, list[dict[str, Any]]] = {}
    for step in steps + [inner for run in runs for inner in _inner_steps(run)]:
        by_run.setdefault(str(step.get("run_id")), []).append(step)
    before: dict[str, list[SourceMessage]] = {}
    behind: list[SourceMessage] = []
    for run_id, listed in by_run.items():
        waiting: list[SourceMessage] = []
        for step in oldest_first([Listed(listed, is_page=True)], lambda one: one)[0]:
            details = step.get("step_details") or {}
            created = (details.get("message_creation") or {}).get("message_id")
            if created:
                before.setdefault(str(created), []).extend(waiting)
                waiting = []
            waiting += _calls(step, details)
        answer = next((one.id for one in reversed(messages) if waiting and one.fields.get("run_id") == run_id), None)
        if answer is not None:
            before.setdefault(answer, []).extend(waiting)
        else:
            behind += waiting
    ordered = [one for message in messages for one in (*before.pop(message.id, ()), message)]
    return _with_rest(ordered, [*behind, *(one for left in before.values() for one in left)])


def _inner_steps(run: dict[str, Any]) -> list[dict[str, Any]]:
    steps = run.get("steps")
    if isinstance(steps, dict):
        steps = steps.get("data")
    return [{"run_id": run.get("id"), **step} for step in steps or () if isinstance(step, dict)]


def _with_rest(messages: list[SourceMessage], rest: list[SourceMessage]) -> list[SourceMessage]:
    """Put calls of runs without an answer behind the last message that is not younger."""
    for one in rest:
        moment = time_of(one.created_at)
        place = len(messages)
        while moment and place and (time_of(messages[place - 1].created_at) or moment) > moment:
            place -= 1
        messages.insert(place, one)
    return messages


def _calls(step: dict[str, Any], details: dict[str, Any]) -> list[SourceMessage]:
    found: list[SourceMessage] = []
    for tool in details.get("tool_calls") or ():
        kind = str(tool.get("type") or "function")
        inner = tool.get(kind) or {}
        call_id = str(tool.get("id") or f"{step.get('id')}/{len(found)}")
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
    """The output of a call: texts of logs as text."""
    if isinstance(result, list) and result and all(isinstance(one, dict) and "logs" in one for one in result):
        return "\n".join(str(one["logs"]) for one in result)
    return result
