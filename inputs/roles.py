"""The roles and statuses of messages."""

from typing import Literal

Role = Literal["user", "assistant", "system", "tool", "platform", "developer", "unknown", "critic", "discriminator"]
"""The roles of messages: those of the original service, and those of OpenAI conversation items."""
Status = Literal["in_progress", "incomplete", "completed"]
