"""The core with all that a run writes: every chunk validated, its valid rows, faults and rejected
rows written, repeated values compared, the results gathered; against the floor."""

from __future__ import annotations

from core.clock import now
from core.imports.output.results import aggregate_results
from tests.bench.core_work import Steps, floor
from tests.bench.inputs import KEYS
from tests.bench.measuring import REST_SECONDS, Measured, take_turns
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    steps = Steps(file, room.scratch("results"))
    _, chunks = steps.planned

    def run() -> None:
        steps.validate()
        aggregate_results(steps.store, steps.settings, KEYS, now=now())

    turns = take_turns(lambda: floor(file), run, room.scale.repeats, rest_seconds=REST_SECONDS)
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.rows),
        details={**turns.as_details(), "chunks": len(chunks)},
    )
