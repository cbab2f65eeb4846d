"""Parsing, normalising, validating and wording every fault of a file with 2 % bad cells, chunk by
chunk; against the floor. Nothing is written."""

from __future__ import annotations

from tests.bench.core_work import Steps, floor
from tests.bench.measuring import REST_SECONDS, Measured, take_turns
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    steps = Steps(file, room.scratch("rules"))
    _, chunks = steps.planned
    turns = take_turns(
        lambda: floor(file), steps.check, room.scale.repeats, rest_seconds=REST_SECONDS
    )
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.rows),
        details={
            **turns.as_details(),
            "chunks": len(chunks),
            "faults": sum(steps.check().values()),
        },
    )
