"""Summaries: messages that stand for older ones of their thread, by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_summary(stored: Mapping[str, Any]) -> bool:
    """Whether a stored message names the messages for which it stands."""
    return stored["type"] == "summary" and isinstance(stored.get("covers"), dict)


def summary_text(stored: Mapping[str, Any]) -> str:
    """The text of a summary, behind a mark that says for which messages it stands."""
    covers = stored["covers"]
    return f"[Summary of messages {covers['from_seq']} to {covers['upto_seq']}]\n{_text(stored)}"


def _text(stored: Mapping[str, Any]) -> str:
    """The text as it is stored, or as a record shows it: an edit may have made it a list of parts."""
    content = stored["content"]
    if isinstance(content, str):
        return content
    texts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))
