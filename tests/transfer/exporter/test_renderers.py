from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from threadkeep.context import check_chat
from threadkeep.escaping import markdown_lines
from threadkeep.tests.context.histories import Row, histories
from threadkeep.tests.hostile.names import NAMES, unsafe_characters
from threadkeep.tests.report.chromium import chromium, installed
from threadkeep.tests.transfer.exporter.renderings import (
    BEGIN,
    HOSTILE,
    in_librechat,
    in_open_webui,
    message_row,
    rendered,
)
from threadkeep.tests.transfer.importer.read_threads import read_threads
from threadkeep.transfer.exporter.renderers import RENDERERS

if TYPE_CHECKING:
    from pathlib import Path

CALLS = [
    {"id": "a", "type": "function", "function": {"name": "tide", "arguments": '{"place": "Cork"}'}},
    {"id": "b", "type": "function", "function": {"name": "moon", "arguments": "{}"}},
]
HISTORY = [
    message_row(1, "system", "Be brief."),
    message_row(2, "user", "When?"),
    message_row(3, "assistant", "I look.", tool_calls=CALLS),
    message_row(4, "tool", "14:20", tool_call_id="a"),
    message_row(5, "tool", "full", tool_call_id="b"),
    message_row(6, "assistant", "At 14:20."),
    message_row(7, "user", "Thanks."),
]
HOSTILE_TEXTS = [HOSTILE, *NAMES, "</script>", "~~~\n~~~~\n<x", "  ```\n``` x\n", "a\n---", "\t# a", "`<b>`"]
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "header", "h1", "h2", "p", "article", "div"),
    *("pre", "details", "summary", "span", "time", "strong", "code"),
}
ACTIVE = {"html_inline", "html_block", "link_open", "image", "heading_open"}


def stored(rows: list[Row]) -> list[Any]:
    """Rows of a generated history, as they are stored."""
    return [
        {"created_at": BEGIN, "meta_data": {}, "attachments": [], **row, "_id": f"m{index}"}
        for index, row in enumerate(rows)
    ]


def tokens_of(text: str) -> set[str]:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return {one.type for token in tokens for one in (token, *(token.children or ()))}


class Tags(HTMLParser):
    """Collects the names of elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


@given(histories())
def test_every_row_for_training_is_valid(rows: list[Row]) -> None:
    openai, _ = rendered("openai-chat", stored(rows))
    sharegpt, _ = rendered("sharegpt", stored(rows))

    for line in openai.splitlines():
        messages = json.loads(line)["messages"]
        assert check_chat(messages) == []
        assert messages[-1]["role"] == "assistant"
    for line in sharegpt.splitlines():
        turns = [turn["from"] for turn in json.loads(line)["conversations"]]
        turns = turns[1:] if turns[0] == "system" else turns
        assert all(speaker in {"human", "observation"} for speaker in turns[::2])
        assert all(speaker in {"gpt", "function_call"} for speaker in turns[1::2])
        assert turns[-1] == "gpt"
        assert turns[0] == "human"
        assert all(after == "observation" for call, after in pairwise(turns) if call == "function_call")


def test_rows_for_training_end_with_an_answer_and_say_what_they_leave_out() -> None:
    openai, left_out = rendered("openai-chat", HISTORY)
    sharegpt, more_left_out = rendered("sharegpt", HISTORY)

    assert [one["role"] for one in json.loads(openai)["messages"]] == [row["role"] for row in HISTORY[:-1]]
    assert left_out == {"messages behind the last answer": 1}
    assert [(turn["from"], turn["value"]) for turn in json.loads(sharegpt)["conversations"]] == [
        ("system", "Be brief."),
        ("human", "When?"),
        ("function_call", '{"name":"tide","arguments":{"place":"Cork"}}'),
        ("observation", "14:20"),
        ("function_call", '{"name":"moon","arguments":{}}'),
        ("observation", "full"),
        ("gpt", "At 14:20."),
    ]
    assert more_left_out == left_out | {"words before a call": 1}
    assert rendered("openai-chat", HISTORY[:3])[1] == {"calls without an output": 2}
    assert rendered("openai-chat", HISTORY[:2]) == ("", {"threads without an answer": 1})


def test_chatgpts_form_comes_back_through_its_reader_and_into_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(rendered("chatgpt", HISTORY, meta_data={"title": "Tides", "model": "gpt-5"})[0])
    [conversation] = json.loads(path.read_text())
    thread = read_threads(path).thread
    again, _ = rendered("chatgpt", thread.messages, **{**thread.row, "created_at": BEGIN, "last_active_at": BEGIN})
    said = [("user", "When?"), ("assistant", "I look."), ("assistant", '{"place": "Cork"}'), ("assistant", "14:20")]
    said += [("assistant", "{}"), ("assistant", "full"), ("assistant", "At 14:20."), ("user", "Thanks.")]

    assert thread.row["meta_data"] == {"source": "chatgpt", "title": "Tides", "model": "gpt-5"}
    assert [row["type"] for row in thread.messages[3:7]] == ["function_call", "function_call_output"] * 2
    assert [row["item"]["call_id"] for row in thread.messages[3:7]] == ["m3/1", "m3/1", "m3/2", "m3/2"]
    assert json.loads(again)[0]["mapping"] == conversation["mapping"]
    assert [text.replace("{ }", "{}") for _, text in in_librechat(conversation)] == [text for _, text in said]
    assert in_open_webui(conversation) == [("assistant", "Be brief."), *said]


@given(histories())
def test_chatgpts_form_is_read_whatever_is_stored(rows: list[Row]) -> None:
    text, _ = rendered("chatgpt", stored(rows))

    for conversation in json.loads(text):
        in_open_webui(conversation)
        in_librechat(conversation)


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([*"<>[]()#=-`~!&$|\\\n \t", "a", "http:x", "```"]), max_size=30).map("".join)
)
def test_no_text_is_active_in_markdown(text: str) -> None:
    assert tokens_of(markdown_lines(text)) & ACTIVE == set()


@pytest.mark.parametrize("name", RENDERERS)
def test_hostile_text_stays_text_in_every_format(name: str) -> None:
    rows = [
        message_row(
            index,
            role,
            text,
            tool_calls=[{"id": text, "type": "function", "function": {"name": text}}],
            sender_id=text,
            assistant_id=text,
            tool_id=text,
            attachments=[{"name": text}],
        )
        for index, text in enumerate(HOSTILE_TEXTS)
        for role in ("user", "assistant", "tool")
    ]
    text, _ = rendered(name, rows, meta_data={"title": HOSTILE, "model": HOSTILE})

    assert unsafe_characters(text) <= ({"\t", "\n"} if name in ("html", "markdown") else unsafe_characters(text))
    if name == "html":
        page = Tags(text)
        assert page.found <= ELEMENTS
        assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
        assert "default-src 'none'" in text
    elif name == "markdown":
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
        headings = [token for token in tokens if token.type == "heading_open"]
        own = re.findall(r"(?m)^#+ ", text.split("-->\n")[1])
        assert len(headings) <= len(own)
        assert all(token.level == 0 for token in headings)
        assert [token.content.strip() for token in tokens if token.type == "html_block"] == [
            "<!-- Threadkeep export -->"
        ]
        assert tokens_of(text) & ACTIVE == {"heading_open", "html_block"}
    else:
        assert all(json.loads(line) for line in text.strip().split("\n")) if name != "chatgpt" else json.loads(text)


@pytest.mark.slow
@pytest.mark.skipif(installed() is None, reason="Chromium is not installed, so the page was not opened")
def test_a_page_runs_nothing_and_loads_nothing(tmp_path: Path) -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": url}}
        for url in ("http://evil.example/a.png", "data:image/svg+xml,<svg/>")
    ]
    rows = [
        message_row(1, "user", HOSTILE),
        message_row(2, "user", "", parts=parts),
        message_row(3, "assistant", "x" * 999),
    ]
    page, left_out = rendered("html", rows, meta_data={"title": HOSTILE})
    (tmp_path / "page.html").write_text(page)

    with chromium(tmp_path / "profile") as browser:
        for scheme, width in (("light", 1200), ("dark", 390)):
            browser.resize(width, 900)
            browser.set_scheme(scheme)
            browser.open((tmp_path / "page.html").as_uri())
            assert browser.evaluate("document.title").startswith("# Heading")
            assert browser.evaluate("document.documentElement.scrollWidth") <= width
            assert browser.evaluate("document.querySelectorAll('script, style').length") == 1
            assert browser.evaluate("document.querySelectorAll('article').length") == 3
            assert len(browser.params_of("Network.requestWillBeSent")) == 1
            assert browser.params_of("Log.entryAdded", "Runtime.exceptionThrown") == []
    assert left_out == {"images": 2}
