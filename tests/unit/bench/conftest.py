"""Fixtures of the tests of measurements."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import measuring
from tests.unit.bench.measures_kit import Clock, Room


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(measuring, "time", clock)
    return clock


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)
