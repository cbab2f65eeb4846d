"""Lets something happen at any moment of a piece of work: before or after any of its calls to the
database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.collection import Collection

CALLS = ("find", "find_one", "bulk_write", "update_one", "replace_one", "delete_one")


class Moments:
    """Counts the moments since `start`; at number `at` it lets `happens` happen, once. What happens
    there makes no moments of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._plans: dict[int, Callable[[], Any]] = {}
        self._is_counting = False
        for name in CALLS:
            monkeypatch.setattr(Collection, name, self._around(getattr(Collection, name)))

    def start(self, plans: dict[int, Callable[[], Any]]) -> None:
        self.count, self._plans, self._is_counting = 0, dict(plans), True

    def stop(self) -> None:
        self._is_counting = False

    def _around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self._tick()
            answer = real(*given, **named)
            self._tick()
            return answer

        return call

    def _tick(self) -> None:
        if not self._is_counting:
            return
        happens = self._plans.get(self.count)
        self.count += 1
        if happens is not None:
            self._is_counting = False
            try:
                happens()
            finally:
                self._is_counting = True


def fails() -> None:
    """The worker is killed, or the database goes away."""
    raise ConnectionError("broken by the test")
