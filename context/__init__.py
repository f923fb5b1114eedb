"""The context window: the part of a history that is sent to a model. Tests prove its properties (`docs/context.md`).

This package reads stored messages, as rows of the database or as records. It needs no database. `check_chat`,
`check_responses` and `check_anthropic` are the rules of the model APIs, for everybody's requests.
"""

from .chat import chat_messages, formatted_history
from .checks import check_anthropic, check_chat, check_responses
from .counters import COUNTERS, Counter, count_tokens, counter_of, estimate, utf8_bytes
from .fitting import settled_window, tokens_of_turns, window_of
from .parts import Piece, pieces_of
from .recalled import MOST_PINNED, MOST_RECALLED
from .steps import UNANSWERED, Choices
from .window import MOST_INSTRUCTIONS, STORED_FIELDS, Demand, Format, History, Window, beginning_of, head_of
from .window_start import Extent, first_turn

__all__ = [
    "COUNTERS",
    "MOST_INSTRUCTIONS",
    "MOST_PINNED",
    "MOST_RECALLED",
    "STORED_FIELDS",
    "UNANSWERED",
    "Choices",
    "Counter",
    "Demand",
    "Extent",
    "Format",
    "History",
    "Piece",
    "Window",
    "beginning_of",
    "chat_messages",
    "check_anthropic",
    "check_chat",
    "check_responses",
    "count_tokens",
    "counter_of",
    "estimate",
    "first_turn",
    "formatted_history",
    "head_of",
    "pieces_of",
    "settled_window",
    "tokens_of_turns",
    "utf8_bytes",
    "window_of",
]
