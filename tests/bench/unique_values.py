"""Comparing the values of a file that may occur once: peak memory and time of FindRepeats.

`python -m tests.bench.unique_values [ROWS] [REPEATED]` writes the values that the chunks of a file
of ROWS rows leave (10 million), of which REPEATED (1,000) repeat an earlier one, and has them
compared in a process of its own. `measure_repeats` is the same for a program. Both fail when not as
many repeats are found as were written.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from core.file_format import DetectedFormat, FileKind, SourceFile
from core.imports.model import Chunk, Plan
from core.imports.uniqueness.emitting import put_frame
from core.imports.uniqueness.repeats import find_repeats
from core.imports.uniqueness.revalidation import get_chunks
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from core.storage.content_types import JSON
from tests.bench import children

RESULTS = "results"
KEYS = ImportKeys("job", 1)
CHUNK_ROWS = 40_000


@dataclass(frozen=True, slots=True)
class RepeatsMeasured:
    rows: int
    repeats: int
    chunks: int
    stored_mb: float
    """Of all the chunks' values, in units of 1,000,000 bytes."""
    seconds: float
    cpu_seconds: float
    """Of the whole process."""
    peak_mb: float
    """Of the process, Python and its libraries included."""


def measure_repeats(rows: int = 10_000_000, repeated: int = 1_000) -> RepeatsMeasured:
    """Raises RuntimeError when other repeats are found than were written."""
    with tempfile.TemporaryDirectory() as folder:
        size = _write(Path(folder), rows, repeated)
        child = children.run("tests.bench.unique_values:compare", {"folder": folder})
    if child.value["repeats"] != repeated:
        raise RuntimeError(f"{child.value['repeats']} repeats were found, {repeated} are there")
    return RepeatsMeasured(
        rows=rows,
        repeats=repeated,
        chunks=child.value["chunks"],
        stored_mb=size / 1e6,
        seconds=child.value["seconds"],
        cpu_seconds=child.cpu_seconds,
        peak_mb=child.peak_mb,
    )


def compare(folder: str) -> dict[str, float]:
    """In the child: what the state FindRepeats does."""
    store = FolderStore(Path(folder))
    plan = msgspec.json.decode(store.get(RESULTS, KEYS.plan), type=Plan)
    start = time.perf_counter()
    find_repeats(store, Settings(results_bucket=RESULTS), KEYS, plan)
    seconds = time.perf_counter() - start
    found = get_chunks(store, RESULTS, KEYS.repeated)
    return {
        "repeats": sum(chunk.repeats for chunk in found),
        "chunks": plan.chunk_count,
        "seconds": seconds,
    }


def _write(folder: Path, rows: int, repeated: int) -> int:
    """Values like `SKU-000001234567`, in no order, the last rows repeating others; their bytes."""
    store = FolderStore(folder)
    numbers = np.random.default_rng(7).permutation(rows)
    if repeated:
        numbers[rows - repeated :] = numbers[:repeated]
    chunks: list[Chunk] = []
    size = 0
    for start in range(0, rows, CHUNK_ROWS):
        part = numbers[start : start + CHUNK_ROWS]
        chunk = Chunk(index=len(chunks), start=0, end=0, first_row=start + 1, rows=len(part))
        chunks.append(chunk)
        values = "SKU-" + pl.Series(part).cast(pl.String).str.zfill(12)
        row = pl.int_range(start + 1, start + 1 + len(part), dtype=pl.UInt32, eager=True)
        frame = pl.DataFrame({"row": row, "id": values, "0": values})
        key = KEYS.unique_values(chunk.index)
        put_frame(store, RESULTS, key, frame)
        size += store.head(RESULTS, key).size
    plan = Plan(
        job_id=KEYS.job_id,
        attempt=KEYS.attempt,
        source=SourceFile(bucket="uploads", key="f.csv", size=0, file_name="f.csv"),
        format=DetectedFormat(kind=FileKind.TEXT),
        data=None,
        original_headers=("SKU",),
        columns=(),
        missing_required=(),
        chunk_count=len(chunks),
        row_count=rows,
        unique_columns=(0,),
    )
    store.put(RESULTS, KEYS.chunks, msgspec.json.encode(chunks), JSON)
    store.put(RESULTS, KEYS.plan, msgspec.json.encode(plan), JSON)
    return size


def main() -> None:
    print(measure_repeats(*map(int, sys.argv[1:3])))


if __name__ == "__main__":
    main()
