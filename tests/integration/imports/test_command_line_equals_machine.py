"""The command line and the pipeline, with the real handlers in the real machine, write the same
result files, byte for byte: over both Maps, whatever the size of a chunk."""

import io
import json
from pathlib import Path

import polars as pl
import pytest

from core.attributes.requests import read_draft
from core.imports.command_line.main import main
from core.jobs.records import JobRecord
from core.storage import ImportKeys
from tests.bench.generate import Shape, attributes, attributes_path, write
from tests.integration.import_machine import ImportMachine

ROWS = 200_000
SHAPE = Shape(rows=ROWS, columns=2, bad_cells=0.03, identifier=False, seed=4)
"""Narrow, so that the emulated S3 has to hold little; what differs is where chunks are cut."""
WIDE = Shape(
    rows=2_000, multi_line=0.3, bad_cells=0.05, duplicates=0.02, line_end="\r\n", delimiter=";"
)


def table_of(parquet: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(parquet))


def by_machine(machine: ImportMachine, file: Path, shape: Shape) -> tuple[JobRecord, list[str]]:
    machine.define(*map(read_draft, attributes(shape)))
    job = machine.import_file(file.read_bytes())
    return job, machine.visited(machine.executions()[-1]["executionArn"])


def by_command(job: JobRecord, machine: ImportMachine, file: Path, out: Path) -> dict[str, bytes]:
    stated = json.dumps(machine.result(job)["processingTimestamp"]).strip('"')
    named = file.with_name("products.csv")
    if not named.exists():
        named.hardlink_to(file)
    arguments = [
        *("validate", str(named), "--attributes", str(attributes_path(file)), "--out", str(out)),
        *("--job-id", job.id, "--timestamp", stated),
    ]
    assert main(arguments) == 1
    return {path.name: path.read_bytes() for path in out.glob("[!.]*")}


@pytest.mark.parametrize(
    ("chunk_bytes", "inline_at_most", "state", "chunks"),
    [
        (16 * 2**20, 40, "ValidateChunks", range(1, 2)),
        (2**20, 40, "ValidateChunks", range(3, 20)),
        (2**20, 1, "ValidateChunksAtScale", range(3, 20)),
        (2**18, 1, "ValidateChunksAtScale", range(20, 60)),
    ],
)
def test_two_hundred_thousand_rows_come_out_the_same(
    chunk_bytes: int,
    inline_at_most: int,
    state: str,
    chunks: range,
    machine: ImportMachine,
    tmp_path: Path,
) -> None:
    file = tmp_path / "generated.csv"
    write(SHAPE, file)
    machine.configure(
        chunk_target_bytes=chunk_bytes,
        inline_map_max_chunks=inline_at_most,
        result_files_max_rows=ROWS,
    )

    job, visited = by_machine(machine, file, SHAPE)
    alone = by_command(job, machine, file, tmp_path / "out")
    machine.configure(chunk_target_bytes=5 * 2**20)
    otherwise_cut = by_command(job, machine, file, tmp_path / "again")

    assert state in visited
    assert len(machine.named("validate_chunk")) in chunks
    assert job.attempt is not None
    of_machine = machine.objects(f"{ImportKeys(job.id, job.attempt).results}/")
    assert of_machine == alone
    assert table_of(otherwise_cut.pop("products.parquet")).equals(
        table_of(of_machine.pop("products.parquet"))  # its row groups are the chunks
    )
    assert otherwise_cut == of_machine
    assert alone["products.ndjson"].count(b"\n") + alone["rejected.csv"].count(b"\n") == ROWS + 1


def test_a_wide_file_with_multi_line_cells_comes_out_the_same(
    machine: ImportMachine, tmp_path: Path
) -> None:
    file = tmp_path / "generated.csv"
    write(WIDE, file)
    machine.configure(chunk_target_bytes=50_000, inline_map_max_chunks=3)

    job, visited = by_machine(machine, file, WIDE)

    assert "ValidateChunksAtScale" in visited
    assert job.attempt is not None
    of_machine = machine.objects(f"{ImportKeys(job.id, job.attempt).results}/")
    assert of_machine == by_command(job, machine, file, tmp_path / "out")
