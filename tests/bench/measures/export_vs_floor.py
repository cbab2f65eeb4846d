"""Exporting the valid rows of an import as CSV, in one process: every part, and joining them;
against the floor. The details have the other formats, in times of the floor as well."""

from __future__ import annotations

from functools import partial

from tests.bench.core_work import floor
from tests.bench.exporting import Exports
from tests.bench.measuring import REST_SECONDS, Measured, seconds_of, take_turns
from tests.bench.workroom import Workroom, size_of

OTHERS = ("ndjson", "parquet", "xlsx")


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    exports = Exports(file, room.scratch("export"))
    turns = take_turns(
        lambda: floor(file),
        lambda: exports.export("csv"),
        room.scale.repeats,
        rest_seconds=REST_SECONDS,
    )
    baseline = sorted(turns.baseline)[len(turns.baseline) // 2]
    others = {
        f"ratioOf{name.capitalize()}": round(
            seconds_of(partial(exports.export, name)) / baseline, 3
        )
        for name in OTHERS
    }
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.rows),
        details={**turns.as_details(), "exportedRows": exports.row_count, **others},
    )
