"""What a measurement is, and how baseline and ours take turns so that noise meets both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    value: float
    size: str
    """What it was measured with, for people: `1,000,000 rows × 15, 515 MB`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready: the single runs, and what else explains the value."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Seconds of two ways of doing it, run by run."""

    baseline: list[float]
    ours: list[float]

    @property
    def ratio(self) -> float:
        """Our median over the baseline's."""
        return statistics.median(self.ours) / statistics.median(self.baseline)

    def as_details(self) -> dict[str, Any]:
        return {
            "baselineSeconds": [round(s, 4) for s in self.baseline],
            "oursSeconds": [round(s, 4) for s in self.ours],
        }


REST_SECONDS = 1.0
"""Freed memory goes back to the system from a thread of polars' allocator, half a second later and
at the cost of whatever runs then: a run after such a rest pays for nothing but itself."""


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cpu_seconds_of(work: Callable[[], object]) -> float:
    """Of this process, all its threads together."""
    started = time.process_time()
    work()
    return time.process_time() - started


def take_turns(
    baseline: Callable[[], object],
    ours: Callable[[], object],
    repeats: int,
    *,
    warm: bool = True,
    rest_seconds: float = 0.0,
    measured: Callable[[Callable[[], object]], float] = seconds_of,
) -> Turns:
    """Baseline, ours, baseline …, each after a rest; with `warm` each once before, untimed."""
    if warm:
        baseline()
        ours()
    turns = Turns([], [])
    for _ in range(repeats):
        for work, seconds in ((baseline, turns.baseline), (ours, turns.ours)):
            time.sleep(rest_seconds)
            seconds.append(measured(work))
    return turns
