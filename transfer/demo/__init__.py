"""Realistic demo conversations: `generate` makes their rows, `fill` writes them into a database."""

from .filling import Filled, NotEmpty, fill
from .generating import FEWEST, MOST, Conversation, Demo, Generated, generate

__all__ = [
    "FEWEST",
    "MOST",
    "Conversation",
    "Demo",
    "Filled",
    "Generated",
    "NotEmpty",
    "fill",
    "generate",
]
