"""How much of the pipeline's time goes into assembling the results, by the machine's history."""

from __future__ import annotations

import statistics

from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom, measured_runs, size_of

STATE = "AggregateResults"


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    runs = measured_runs(room, file)
    shares = [run.state_seconds[STATE] / run.seconds for run in runs]
    return Measured(
        value=statistics.median(shares),
        size=size_of(file, room.scale.rows),
        details={
            "shares": [round(share, 4) for share in shares],
            "assembleSeconds": [round(run.state_seconds[STATE], 3) for run in runs],
            "pipelineSeconds": [round(run.seconds, 2) for run in runs],
            "storageAloneSeconds": [round(run.joining_seconds, 3) for run in runs],
        },
    )
