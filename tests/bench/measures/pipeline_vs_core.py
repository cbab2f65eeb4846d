"""The whole pipeline on the local stack, from the end of the upload to the final status, against
the same core in a process of its own. Both write the same results."""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.bench import children
from tests.bench.core_work import import_whole
from tests.bench.measuring import Measured, Turns, seconds_of
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    room.warm_stack()
    room.stack().define(file)
    alone, runs = [], []
    for _ in range(room.scale.heavy_repeats):
        alone.append(import_alone(room, file))
        runs.append(room.run_pipeline(file))
    turns = Turns(alone, [run.seconds for run in runs])
    states = sorted(runs[-1].state_seconds.items(), key=lambda state: -state[1])
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.rows),
        details={
            **turns.as_details(),
            "uploadSeconds": round(statistics.median(run.upload_seconds for run in runs), 2),
            "stateSeconds": {name: round(seconds, 2) for name, seconds in states if seconds > 0.05},
        },
    )


def import_alone(room: Workroom, file: Path) -> float:
    """Seconds of the import in a process of its own that has imported a small file before: the
    workers of the pipeline are warm as well."""
    arguments = {
        "file": str(file),
        "folder": str(room.scratch("core")),
        "small_file": str(room.small_csv()),
    }
    child = children.run("tests.bench.measures.pipeline_vs_core:timed_import", arguments)
    return float(child.value)


def timed_import(file: str, folder: str, small_file: str) -> float:
    import_whole(small_file, folder)
    return seconds_of(lambda: import_whole(file, folder))
