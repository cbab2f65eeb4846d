"""Parsing, normalising, judging and wording every fault of a file with 2 % bad cells, chunk by
chunk; against the floor. What it takes with all results written stands in the details."""

from __future__ import annotations

import statistics

from tests.bench.core_work import Steps, floor
from tests.bench.measuring import REST_SECONDS, Measured, seconds_of, take_turns
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    steps = Steps(file, room.scratch("rules"))
    _, chunks = steps.planned
    turns = take_turns(
        lambda: floor(file), steps.judge, room.scale.repeats, rest_seconds=REST_SECONDS
    )
    written = [seconds_of(steps.validate) for _ in range(room.scale.heavy_repeats)]
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.rows),
        details={
            **turns.as_details(),
            "chunks": len(chunks),
            "faults": sum(steps.judge().values()),
            "withResultsWritten": statistics.median(written) / statistics.median(turns.baseline),
        },
    )
