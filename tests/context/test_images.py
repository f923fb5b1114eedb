"""Windows keep the limits of each API for images with any stored messages. The checkers know these limits."""

from __future__ import annotations

from typing import Any

import pytest

from threadkeep.context import Demand, estimate, formatted_history, window_of
from threadkeep.context.images import ANTHROPIC_IMAGES, CHAT_IMAGES, RESPONSES_IMAGES, ImageLimits
from threadkeep.tests.context.histories import Row, calls, message, whole
from threadkeep.tests.context.properties import CHECKS

LIMITS = {"chat": CHAT_IMAGES, "responses": RESPONSES_IMAGES, "anthropic": ANTHROPIC_IMAGES}


def image(url: str) -> dict[str, Any]:
    return {"type": "input_image", "image_url": url}


def history(*parts: dict[str, Any]) -> list[Row]:
    """Return a history with these parts, half of them in a message of the user and half of them in an output."""
    half = len(parts) // 2
    called = calls([("call_1", "look", "{}")], "", custom=False)
    output = message("tool", [*parts[half:]], tool_call_id="call_1")
    return [{**row, "seq": seq} for seq, row in enumerate((message("user", [*parts[:half]]), called, output), 1)]


@pytest.mark.parametrize(("format_", "limits"), LIMITS.items())
def test_the_newest_images_stay(format_: Any, limits: ImageLimits) -> None:
    rows = history(*(image(f"https://example.com/{number}.png") for number in range(limits.most + 20)))

    window = window_of(whole(rows), Demand(format_, 10**9, estimate))

    assert CHECKS[format_](window.messages) == []
    assert f"/{limits.most + 19}.png" in str(window.messages)
    assert [f"/{number}.png" in str(window.messages) for number in (19, 20)] == [False, True]
    assert str(window.messages).count("An image is left out") == 20


@pytest.mark.parametrize(("format_", "limits"), LIMITS.items())
def test_an_image_that_is_too_large_is_left_out(format_: Any, limits: ImageLimits) -> None:
    large = "data:image/png;base64," + "A" * (limits.most_bytes_of_one + 4)

    window = window_of(
        whole(history(image(large), image("https://example.com/a.png"))), Demand(format_, 10**9, estimate)
    )

    assert CHECKS[format_](window.messages) == []
    assert "An image is left out" in str(window.messages)
    assert "AAAA" not in str(window.messages)
    assert "a.png" in str(window.messages)


def test_a_formatted_history_keeps_the_limit_too() -> None:
    rows = history(*(image(f"https://example.com/{number}.png") for number in range(510)))

    assert CHECKS["chat"](formatted_history(rows)) == []


def test_checkers_name_the_limits() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 6_000_000}}
    other = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    parts = [{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 30_000_000}}] * 2

    assert CHECKS["anthropic"]([{"role": "user", "content": [picture]}]) == ["an image is larger than 5,242,880 bytes"]
    assert CHECKS["anthropic"]([{"role": "user", "content": [other] * 101}]) == ["101 images are more than 100"]
    assert CHECKS["chat"]([{"role": "user", "content": parts}]) == [
        "the images are larger than 52,428,800 bytes together"
    ]
