from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from threadkeep.services import rollups as rollups_module
from threadkeep.services.rollups import Rollups
from threadkeep.tests.analytics.facts import Say

if TYPE_CHECKING:
    from threadkeep.documents import Documents


@pytest.fixture
def no_look_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is right without looking back is right for its own reasons."""
    monkeypatch.setattr(rollups_module, "LOOK_BACK", timedelta(0))


@pytest.fixture
def rollups(documents: Documents) -> Rollups:
    return Rollups(documents)


@pytest.fixture
def say(documents: Documents) -> Say:
    return Say(documents)
