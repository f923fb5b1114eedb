"""Each rule of a model API is broken once, and the checker names it."""

from __future__ import annotations

from typing import Any

import pytest

from threadkeep.context import check_anthropic, check_chat, check_responses

USER = {"role": "user", "content": "?"}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ASKS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
OUTPUT = {"role": "tool", "tool_call_id": "a", "content": "1"}

CHAT: dict[str, list[Any]] = {
    "at least one": [],
    "is an object": ["text"],
    "role 'nobody'": [{"role": "nobody", "content": ""}],
    "content None": [{"role": "user", "content": None}],
    "content []": [{"role": "user", "content": []}],
    "part of type 'image_url'": [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
    "lacks a field": [{"role": "user", "content": [{"type": "image_url"}]}],
    "'file' lacks": [{"role": "user", "content": [{"type": "file", "file": {"filename": "a"}}]}],
    "'input_audio' lacks": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}],
    "not empty": [{"role": "assistant", "content": "", "tool_calls": []}],
    "'function' lacks": [{**ASKS, "tool_calls": [{"id": "a", "type": "function"}]}],
    "1 to 40": [{**ASKS, "tool_calls": [{**CALL, "id": "a" * 41}]}, {**OUTPUT, "tool_call_id": "a" * 41}],
    "have one id": [{**ASKS, "tool_calls": [CALL, CALL]}, OUTPUT, OUTPUT],
    "letters": [{**ASKS, "tool_calls": [{**CALL, "function": {"name": "a.b", "arguments": ""}}]}, OUTPUT],
    "do not follow": [ASKS, USER, OUTPUT],
    "does not follow its call": [OUTPUT],
    "last calls": [ASKS],
}

REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}
SAID = {"type": "message", "role": "user", "content": "?"}
ANSWER = {**SAID, "role": "assistant"}
ITEM = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "a", "output": "1"}

RESPONSES: dict[str, list[Any]] = {
    "at least one": [],
    "type None": ["text"],
    "role 'tool'": [{**SAID, "role": "tool"}],
    "parts of an assistant": [{**ANSWER, "content": []}],
    "no list of parts": [{**SAID, "content": []}],
    "type 'text'": [{**SAID, "content": [{"type": "text", "text": ""}]}],
    "input_text needs": [{**SAID, "content": [{"type": "input_text"}]}],
    "input_image needs": [{**SAID, "content": [{"type": "input_image"}]}],
    "input_file needs": [{**SAID, "content": [{"type": "input_file"}]}],
    "needs name and arguments": [{"type": "function_call", "call_id": "a", "name": "f"}, RESULT],
    "letters": [{**ITEM, "name": "a.b"}, RESULT],
    "1 to 64": [{**ITEM, "call_id": "a" * 65}],
    "another call": [ITEM, RESULT, ITEM, RESULT],
    "does not follow": [RESULT, ITEM, RESULT],
    "has no output": [ITEM],
    "begins with rs_": [{**REASONING, "id": "x"}, ANSWER],
    "needs a summary": [{**REASONING, "summary": None}, ANSWER],
    "what follows it": [REASONING, SAID],
    "another item": [REASONING, ANSWER, REASONING, ANSWER],
}

ASKED = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]}
GIVEN = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"}]}
THINKING = {"type": "thinking", "thinking": "Hmm.", "signature": "x"}


def says(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": [*blocks]}


ANTHROPIC: dict[str, list[Any]] = {
    "at least one": [],
    "role None": ["text"],
    "role 'system'": [{"role": "system", "content": "x"}],
    "the first message": [says({"type": "text", "text": "x"})],
    "alternate": [USER, USER],
    "content is empty": [{"role": "user", "content": []}],
    "type 'tool_use'": [{"role": "user", "content": ASKED["content"]}],
    "text is empty": [{"role": "user", "content": " \n"}],
    "source of a image": [{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}],
    "signature": [USER, says({"type": "thinking", "thinking": ""}, {"type": "text", "text": "x"})],
    "needs data": [USER, says({"type": "redacted_thinking"}, {"type": "text", "text": "x"})],
    "is thinking": [USER, says(THINKING)],
    "white space": [USER, says({"type": "text", "text": "x "})],
    "not those of the calls": [USER, ASKED, USER],
    "have no results": [USER, ASKED],
    "behind another block": [
        USER,
        ASKED,
        {"role": "user", "content": [{"type": "text", "text": "x"}, *GIVEN["content"]]},
    ],
    "have the id": [USER, ASKED, GIVEN, ASKED, GIVEN],
    "letters, digits": [
        USER,
        says({"type": "tool_use", "id": "a b", "name": "f", "input": {}}),
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a b"}]},
    ],
    "name of a call": [USER, says({"type": "tool_use", "id": "a", "name": "", "input": {}}), GIVEN],
    "is an object": [USER, says({"type": "tool_use", "id": "a", "name": "f", "input": "{}"}), GIVEN],
    "block of type 'x'": [
        USER,
        ASKED,
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "x"}]}]},
    ],
}
VALID = {
    check_chat: [USER, ASKS, OUTPUT, {"role": "assistant", "content": "x"}],
    check_responses: [SAID, REASONING, ITEM, RESULT, ANSWER],
    check_anthropic: [USER, says(THINKING, *ASKED["content"]), GIVEN, says({"type": "text", "text": "x"})],
}


@pytest.mark.parametrize(
    ("check", "rule", "messages"),
    [
        (check, rule, messages)
        for check, table in ((check_chat, CHAT), (check_responses, RESPONSES), (check_anthropic, ANTHROPIC))
        for rule, messages in table.items()
    ],
)
def test_each_broken_rule_is_named(check: Any, rule: str, messages: list[Any]) -> None:
    assert any(rule in sentence for sentence in check(messages)), check(messages)


@pytest.mark.parametrize("check", VALID)
def test_valid_requests_break_no_rule(check: Any) -> None:
    assert check(VALID[check]) == []
