"""An adapter whose framework is missing names the extra, and the package of adapters imports no framework."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

FRAMEWORKS = {
    "openai_agents": ("openai-agents", "agents.memory.session_settings"),
    "langgraph": ("langgraph", "langgraph.checkpoint.base"),
    "claude_agent_sdk": ("claude-agent-sdk", "claude_agent_sdk"),
    "pydantic_ai": ("pydantic-ai", "pydantic_ai.conversation_store"),
    "google_adk": ("google-adk", "google.adk.errors._stale_session_error"),
    "agent_framework": ("agent-framework", "agent_framework"),
    "chatkit": ("chatkit", "chatkit.store"),
}


@pytest.mark.parametrize("adapter", FRAMEWORKS)
def test_a_missing_framework_is_named_with_its_extra(adapter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    extra, module = FRAMEWORKS[adapter]
    ours = f"threadkeep.adapters.{adapter}"
    for name in [name for name in sys.modules if name == ours or name.startswith(f"{ours}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ImportError) as refused:
        importlib.import_module(ours)

    assert str(refused.value) == f"This adapter needs {module}: pip install 'threadkeep[{extra}]'."
    for name in [name for name in sys.modules if name == ours or name.startswith(f"{ours}.")]:
        monkeypatch.delitem(sys.modules, name)


def test_the_package_imports_no_framework_and_no_server() -> None:
    code = "import sys, threadkeep.adapters.rows, threadkeep.adapters.threads; print(*sys.modules)"
    loaded = {
        *subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    }

    assert (
        loaded & {"agents", "langgraph", "claude_agent_sdk", "pydantic_ai", "chatkit", "fastapi", "beanie", "pymongo"}
        == set()
    )
