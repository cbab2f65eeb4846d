"""The peak memory of the tasks of a large workbook, each in a process of its own: planning, which
parses it whole, and one of its chunks."""

from __future__ import annotations

from tests.bench import children
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    rows = room.scale.workbook_rows
    file = room.workbook(rows)
    place = {"file": str(file), "folder": str(room.scratch("workbook"))}
    plan = children.run("tests.bench.core_work:plan_file", place)
    if plan.value["rows"] != rows:
        raise RuntimeError(f"{plan.value['rows']} of {rows} rows were found")
    chunk = children.run("tests.bench.core_work:validate_planned", {**place, "chunk": 0})
    return Measured(
        value=max(plan.peak_mb, chunk.peak_mb),
        size=size_of(file, rows),
        details={
            "peakMb": {
                "plan_chunks": round(plan.peak_mb, 1),
                "validate_chunk": round(chunk.peak_mb, 1),
            },
            "planCpuSeconds": round(plan.cpu_seconds, 2),
        },
    )
