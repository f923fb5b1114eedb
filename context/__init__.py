"""The context window: the part of a history that is sent to a model. Tests prove its properties (`docs/context.md`).

This package reads stored messages, as rows of the database or as records. It needs no database. `check_chat`,
`check_responses` and `check_anthropic` are the rules of the model APIs, for everybody's requests.
"""

from .chat import formatted_history
from .checks import check_anthropic, check_chat, check_responses
from .counters import COUNTERS, Counter, count_tokens, counter_of, estimate, utf8_bytes
from .parts import Piece, pieces_of
from .prefix import Extent, first_turn
from .steps import UNANSWERED, Choices
from .window import MOST_INSTRUCTIONS, Demand, Format, History, Window, head_of, tokens_of_turns, window_of

__all__ = [
    "COUNTERS",
    "MOST_INSTRUCTIONS",
    "UNANSWERED",
    "Choices",
    "Counter",
    "Demand",
    "Extent",
    "Format",
    "History",
    "Piece",
    "Window",
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
    "tokens_of_turns",
    "utf8_bytes",
    "window_of",
]
