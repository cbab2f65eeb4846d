"""Parsing, normalising, validating and wording every fault of a file with 2 % bad cells, chunk by
chunk; against the floor. The details tell what it takes with all results written, and for a file
whose texts never come again, both in times of the floor as well."""

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
        lambda: floor(file), steps.check, room.scale.repeats, rest_seconds=REST_SECONDS
    )
    written = [seconds_of(steps.validate) for _ in range(room.scale.heavy_repeats)]
    other = room.csv(room.scale.rows, distinct=True)
    distinct = Steps(other, room.scratch("distinct"))
    without_repeats = take_turns(
        lambda: floor(other), distinct.check, room.scale.repeats, rest_seconds=REST_SECONDS
    )
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.rows),
        details={
            **turns.as_details(),
            "chunks": len(chunks),
            "faults": sum(steps.check().values()),
            "ratioOfDistinctTexts": round(without_repeats.ratio, 3),
            "ratioWithResultsWritten": round(
                statistics.median(written) / statistics.median(turns.baseline), 3
            ),
        },
    )
