"""A small file on a warm local stack: seconds from the end of the upload to the final status."""

from __future__ import annotations

import statistics

from tests.bench.measuring import Measured
from tests.bench.workroom import SMALL_ROWS, Workroom


def measure(room: Workroom) -> Measured:
    file = room.small_csv()
    room.warm_stack()
    room.stack().define(file)
    seconds = [room.stack().import_file(file).seconds for _ in range(room.scale.uploads)]
    return Measured(
        value=statistics.median(seconds),
        size=f"{SMALL_ROWS} rows × 15, median of {len(seconds)}",
        details={"seconds": [round(s, 3) for s in seconds]},
    )
