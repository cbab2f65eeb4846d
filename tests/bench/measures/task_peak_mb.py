"""The peak memory of every kind of task, each in a process of its own: planning a large CSV, its
first, middle and last chunk (chunks grow with the file); finding the ids that repeat in another
file, and assembling its results."""

from __future__ import annotations

from tests.bench import children
from tests.bench.core_work import Steps
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom


def measure(room: Workroom) -> Measured:
    file, folder = room.large_csv(), room.scratch("tasks")
    place = {"file": str(file), "folder": str(folder)}
    plan = children.run("tests.bench.core_work:plan_file", place)
    chunks = plan.value["chunks"]
    peaks = {"plan_chunks": plan.peak_mb}
    for chunk in sorted({0, chunks // 2, chunks - 1}):
        task = children.run("tests.bench.core_work:validate_planned", {**place, "chunk": chunk})
        peaks["validate_chunk"] = max(peaks.get("validate_chunk", 0.0), task.peak_mb)
    peaks |= _over_all_chunks(room)
    megabytes = file.stat().st_size / 1e6
    return Measured(
        value=max(peaks.values()),
        size=f"{plan.value['rows']:,} rows × 15, {megabytes:,.0f} MB in {chunks} chunks",
        details={"peakMb": {name: round(peak, 1) for name, peak in peaks.items()}},
    )


def _over_all_chunks(room: Workroom) -> dict[str, float]:
    folder = room.scratch("all-chunks")
    Steps(room.csv(room.scale.rows), folder).validate()
    place = {"folder": str(folder)}
    repeats = children.run("tests.bench.core_work:find_repeats_validated", place)
    results = children.run("tests.bench.core_work:aggregate_validated", place)
    return {"find_repeats": repeats.peak_mb, "aggregate_results": results.peak_mb}
