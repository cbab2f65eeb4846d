"""The intake by what the event source mapping says, and changing it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.intake import is_paused, set_intake


class Lambdas:
    def __init__(self, *states: str) -> None:
        self._states = states

    def list_event_source_mappings(self, **named: str) -> dict[str, Any]:
        assert named == {"FunctionName": "portal-start-import"}
        return {"EventSourceMappings": [{"State": state} for state in self._states]}


@pytest.mark.parametrize(
    ("states", "paused"),
    [(["Enabled"], False), (["Disabled"], True), (["Disabling"], True), ([], False)],
)
def test_a_mapping_that_takes_nothing_is_a_pause(states: list[str], paused: bool) -> None:
    assert is_paused(Lambdas(*states), "portal") is paused


def test_where_nothing_is_deployed_nothing_is_paused() -> None:
    class NotFound(Exception):
        pass

    class Empty:
        exceptions = SimpleNamespace(ResourceNotFoundException=NotFound)

        def list_event_source_mappings(self, **_: str) -> dict[str, Any]:
            raise NotFound

    assert is_paused(Empty(), "portal") is False
    assert set_intake(Empty(), "portal", enabled=False) is False
