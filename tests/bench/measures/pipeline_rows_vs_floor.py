"""Rows a second through the pipeline on the local stack, over those of the floor."""

from __future__ import annotations

import statistics

from tests.bench.core_work import floor
from tests.bench.measuring import Measured, seconds_of
from tests.bench.workroom import Workroom, measured_runs, size_of


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    runs = measured_runs(room, file)
    floor(file)
    read = [seconds_of(lambda: floor(file)) for _ in range(room.scale.repeats)]
    pipeline = statistics.median(run.seconds for run in runs)
    return Measured(
        value=statistics.median(read) / pipeline,
        size=size_of(file, room.scale.rows),
        details={
            "baselineSeconds": [round(seconds, 4) for seconds in read],
            "pipelineSeconds": [round(run.seconds, 2) for run in runs],
            "rowsPerSecond": round(room.scale.rows / pipeline),
        },
    )
