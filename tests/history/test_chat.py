from __future__ import annotations

from threadkeep.history import formatted_history


def test_consecutive_tool_calls_become_one_message() -> None:
    calls = [
        {"type": "function_call", "item": {"call_id": "a", "name": "f", "arguments": "{}"}},
        {"type": "custom_tool_call", "item": {"call_id": "b", "name": "g", "input": "x"}},
    ]
    outputs = [
        {"type": "function_call_output", "item": {"call_id": "a"}, "content": "1"},
        {"type": "custom_tool_call_output", "item": {"call_id": "b"}, "content": "2"},
    ]
    thought = {"type": "reasoning", "item": {"summary": []}, "content": ""}

    history = formatted_history([*calls, *outputs, thought, calls[0]])

    function = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    custom = {"id": "b", "type": "custom", "custom": {"name": "g", "input": "x"}}
    assert history == [
        {"role": "assistant", "content": None, "tool_calls": [function, custom]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": "2"},
        {"role": "assistant", "content": None, "tool_calls": [function]},
    ]


def test_content_parts_become_parts_of_chat_completions() -> None:
    content = [
        {"type": "text", "text": "a"},
        {"type": "text", "text": {"value": "b", "annotations": []}},
        {"type": "output_text", "text": "c", "annotations": []},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": None},
        {"type": "input_image", "file_id": "file_1"},
        {"type": "input_file", "file_id": "file_2", "filename": None},
        {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}},
    ]

    [message] = formatted_history([{"type": "message", "role": "user", "content": content}])

    assert message["content"] == [
        *({"type": "text", "text": text} for text in "abc"),
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "auto"}},
        content[4],
        {"type": "file", "file": {"file_id": "file_2"}},
        content[6],
    ]
