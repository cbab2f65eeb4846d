"""The planner's peak memory over a large CSV, in a process of its own."""

from __future__ import annotations

from tests.bench import children
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom


def measure(room: Workroom) -> Measured:
    file = room.large_csv()
    arguments = {"file": str(file), "folder": str(room.scratch("planner"))}
    child = children.run("tests.bench.core_work:plan_file", arguments)
    megabytes = file.stat().st_size / 1e6
    return Measured(
        value=child.peak_mb,
        size=f"{child.value['rows']:,} rows × 15, {megabytes:,.0f} MB",
        details={**child.value, "cpuSeconds": round(child.cpu_seconds, 2)},
    )
