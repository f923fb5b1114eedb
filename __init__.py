"""Threadkeep: the home for AI conversations, users, threads and messages, in your own MongoDB."""

from __future__ import annotations

__version__ = "0.1.0"
