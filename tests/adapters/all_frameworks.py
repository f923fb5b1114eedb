"""Imported by tests of all adapters, before their frameworks: it skips the test module if a framework is missing."""

from __future__ import annotations

import pytest

for _module in (
    "agents",
    "langgraph.graph",
    "claude_agent_sdk",
    "pydantic_ai",
    "google.adk",
    "agent_framework",
    "chatkit",
):
    pytest.importorskip(_module)
