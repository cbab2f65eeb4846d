"""Time per row of the whole import in one process, with all results written: a large file against
a small one. Small, large, small …, each in a process of its own."""

from __future__ import annotations

import statistics

from tests.bench.measures.pipeline_vs_core import import_alone
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    small_rows, large_rows = room.scale.small_rows, room.scale.large_rows
    small: list[float] = []
    large: list[float] = []
    for _ in range(room.scale.heavy_repeats):
        small += _per_row(room, small_rows, room.scale.repeats)
        if len(large) * large_rows < 5_000_000:  # once is long enough for the largest
            large += _per_row(room, large_rows, 1)
        small += _per_row(room, small_rows, room.scale.repeats)
    return Measured(
        value=statistics.median(large) / statistics.median(small),
        size=f"{size_of(room.csv(large_rows), large_rows)}, against {small_rows:,} rows",
        details={
            "smallMicrosecondsPerRow": [round(s * 1e6, 2) for s in small],
            "largeMicrosecondsPerRow": [round(s * 1e6, 2) for s in large],
        },
    )


def _per_row(room: Workroom, rows: int, runs: int) -> list[float]:
    """Seconds for a row, of each run."""
    file = room.csv(rows)
    return [import_alone(room, file) / rows for _ in range(runs)]
