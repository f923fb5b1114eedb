"""The estimate against two real tokenizers, and the rules of counters.

`tokens_of_texts.json` holds texts with the numbers that `cl100k_base` of OpenAI and the public vocabulary of Claude gave.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.context import COUNTERS, count_tokens, counter_of, estimate, utf8_bytes
from threadkeep.context.encodings import encoding_counter
from threadkeep.errors import InvalidInput

TEXTS = json.loads(Path(__file__).with_name("tokens_of_texts.json").read_text(encoding="utf-8"))
PAGE = Path(__file__).parents[2] / "docs" / "context.md"


def error(text: str, tokenizer: str) -> int:
    """Return the error of the estimate in per cent."""
    counted: int = TEXTS[text][tokenizer]
    return round(100 * (estimate(TEXTS[text]["text"]) / counted - 1))


@pytest.mark.parametrize("text", TEXTS)
def test_the_page_states_the_error_of_the_estimate(text: str) -> None:
    errors = [f"{error(text, tokenizer):+d} %" for tokenizer in ("cl100k_base", "o200k_base", "claude")]
    row = f"| {text} | {' | '.join(errors)} |"

    assert row in PAGE.read_text(encoding="utf-8").replace("JSON", "json").lower()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base"])
def test_encodings_count_as_their_tokenizers_do(name: str) -> None:
    count = counter_of(name)

    assert {text: count(found["text"]) for text, found in TEXTS.items()} == {
        text: found[name] for text, found in TEXTS.items()
    }
    assert count("<|endoftext|> \ud800") > 1


def test_an_encoding_without_its_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bpe_openai", None)
    encoding_counter.cache_clear()

    with pytest.raises(InvalidInput, match=r"counter: o200k_base needs another package: pip install"):
        counter_of("o200k_base")


@given(st.text(), st.text())
def test_an_estimate_grows_with_the_text_and_is_below_its_bytes(text: str, more: str) -> None:
    assert 0 <= estimate(text) <= estimate(text + more)
    assert estimate(text) <= utf8_bytes(text) * 3


@pytest.mark.parametrize("counter", ["words", "", None, 5])
def test_an_unknown_counter_is_refused(counter: Any) -> None:
    with pytest.raises(
        InvalidInput, match="counter: must be a function or one of: bytes, cl100k_base, estimate, o200k_base"
    ):
        counter_of(counter)


@pytest.mark.parametrize("count", [-1, 1.5, True, None])
def test_a_counter_must_return_a_whole_number(count: Any) -> None:
    with pytest.raises(InvalidInput, match="counter: must return a whole number"):
        count_tokens([{"role": "user", "content": "x"}], lambda _: count)


def test_messages_cost_their_texts_their_objects_and_their_images() -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "12345"}, {"type": "image_url", "image_url": {}}]}
    ]

    assert count_tokens(messages, COUNTERS["bytes"]) == 4 + 4 + 5 + 1600
