"""Believable conversations of any number, to try things on: `generate` makes them, `fill` writes them into a database."""

from .filling import Filled, NotEmpty, fill
from .generating import FEWEST, MOST, Conversation, Demo, Generated, generate

__all__ = ["FEWEST", "MOST", "Conversation", "Demo", "Filled", "Generated", "NotEmpty", "fill", "generate"]
