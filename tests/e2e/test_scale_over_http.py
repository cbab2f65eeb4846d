"""Many rows and many chunks: the pipeline's files equal those of the core in one process."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from core.attributes.definitions import AttributeDefinition
from core.file_format import ReadingOptions
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome, Plan
from core.settings import Settings
from core.storage import FolderStore, ImportKeys, S3Store
from infra.client.rest import Rest
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.deployment import client
from tests.bench.generate import Shape, attributes_path, write

pytestmark = pytest.mark.e2e

PATIENCE_SECONDS = 600
FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
ROWS = 48_000
"""Small enough that all result files are written at once (`RESULT_FILES_MAX_ROWS`)."""
REPEATED = 0.02
"""Share of rows that repeat a SKU, so that chunks are validated again; see `imported`."""
MANY_CHUNKS = 1_100
"""More than S3 lists in one answer."""
MANY_REPEATED = 0.06

INLINE, DISTRIBUTED = "40", "0"
PATHS = [  # bytes of a chunk, most chunks of an inline Map, least chunks that there must be
    pytest.param(3_600_000, INLINE, 6, id="a few chunks, inline"),
    pytest.param(1_150_000, DISTRIBUTED, 20, id="more chunks, distributed"),
    pytest.param(283_321, DISTRIBUTED, 80, id="many chunks, distributed"),
]


@dataclass(frozen=True, slots=True)
class Bench:
    """Engines of this module's own, and a file for them."""

    configuration: Configuration
    file: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Imported:
    job: dict[str, Any]
    store: S3Store
    bucket: str
    keys: ImportKeys
    plan: Plan


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("scale")
    file = folder / "products.csv"
    write(Shape(rows=ROWS, multi_line=0.05, duplicates=REPEATED), file)
    configuration = Configuration(
        state=folder / "stack",
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        auth=True,
    )
    try:
        yield Bench(configuration, file, folder)
    finally:
        local_stack.down(configuration, print)


def imported(bench: Bench, file: Path, **parameters: str) -> Imported:
    """The file, through the whole product, with these parameters of the template."""
    configuration = replace(bench.configuration, parameters={**LOCAL_DEFAULTS, **parameters})
    local_stack.up(configuration, print)
    stack = json.loads(configuration.stack_file.read_text())
    rest = Rest(stack["apiUrl"])
    for body in json.loads(attributes_path(bench.file).read_text()):
        rest.create_attribute({**body, "isUnique": True} if body["name"] == "SKU" else body)
    ticket = rest.presigned_upload(file.name, {})
    rest.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    job = wait(rest, rest.process_file(ticket["s3Key"]))
    store, bucket, keys = (
        S3Store(client("s3", stack["awsPort"])),
        stack["resultsBucket"],
        ImportKeys(job["_id"], 1),
    )
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    return Imported(job, store, bucket, keys, plan)


def wait(rest: Rest, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        job = rest.job(job_id)
        if job["status"] in FINAL:
            return job
        time.sleep(2)
    raise AssertionError(f"job {job_id} is not final after {PATIENCE_SECONDS} s: {job}")


def in_one_process(of: Imported, file: Path, folder: Path) -> dict[str, bytes]:
    """The result files of the same file and definitions, uncut, without AWS."""
    settings = Settings(
        uploads_bucket="uploads", results_bucket="results", chunk_target_bytes=1 << 40
    )
    store = FolderStore(folder)
    source = msgspec.structs.replace(of.plan.source, bucket="uploads", version_id=None)
    store.put("uploads", source.key, file.read_bytes(), "text/csv")
    definitions = msgspec.json.decode(
        of.store.get(of.bucket, of.keys.definitions), type=tuple[AttributeDefinition, ...]
    )
    outcome = run_import(
        store,
        settings,
        job_id=of.keys.job_id,
        attempt=1,
        source=source,
        options=ReadingOptions(),
        definitions=definitions,
        now=datetime.now(UTC),
    )
    assert isinstance(outcome, ImportOutcome)
    return result_files(store, "results", of.keys)


def result_files(store: FolderStore | S3Store, bucket: str, keys: ImportKeys) -> dict[str, bytes]:
    """By name, the result file without its job's id and its time."""
    files = {
        key.rpartition("/")[2]: store.get(bucket, key)
        for key in store.list_keys(bucket, f"{keys.results}/")
    }
    result = json.loads(files["result.json"])
    assert result.pop("processingTimestamp")
    files["result.json"] = json.dumps(result).replace(keys.job_id, "the job").encode()
    return files


@pytest.fixture(scope="module")
def yardstick() -> dict[str, dict[str, bytes]]:
    """The result files of one process; made for the first import, whose definitions it needs."""
    return {}


@pytest.mark.parametrize(("chunk_bytes", "inline_chunks", "least"), PATHS)
def test_the_pipeline_writes_what_one_process_writes(
    bench: Bench,
    yardstick: dict[str, dict[str, bytes]],
    chunk_bytes: int,
    inline_chunks: str,
    least: int,
) -> None:
    through = imported(
        bench,
        bench.file,
        ChunkTargetBytes=str(chunk_bytes),
        InlineMapMaxChunks=inline_chunks,
    )

    assert through.plan.chunk_count >= least
    assert through.job["status"] == "COMPLETED_WITH_ISSUES"
    if not yardstick:
        yardstick.update(files=in_one_process(through, bench.file, bench.folder / "alone"))
    files = result_files(through.store, through.bucket, through.keys)
    assert len(files["products.ndjson"]) > 10_000_000
    assert files["faults.ndjson"].count(b"\n") > 2_400
    assert_values_were_compared(through, files["faults.ndjson"], least=ROWS // 100)
    assert_equal(files, yardstick["files"])


def assert_equal(files: dict[str, bytes], expected: dict[str, bytes]) -> None:
    """All of them byte for byte, but the Parquet file, which has a row group for each chunk: what
    its rows hold is the same."""
    assert files.keys() == expected.keys()
    different = [n for n in files if n != "products.parquet" and files[n] != expected[n]]
    assert different == []
    table, one_table = (
        pl.read_parquet(io.BytesIO(named["products.parquet"])) for named in (files, expected)
    )
    assert table.height > 0
    assert table.equals(one_table)


def assert_values_were_compared(through: Imported, faults: bytes, least: int) -> None:
    """Were there repeated rows to compare, and chunks validated again for them?"""
    assert faults.count(b'"NOT_UNIQUE_IN_FILE"') >= least
    again = json.loads(through.store.get(through.bucket, through.keys.again))
    assert sum(chunk["repeats"] for chunk in again) >= least
    marks = through.store.list_keys(through.bucket, through.keys.all_revalidated)
    assert sum(1 for _ in marks) == len(again)


def test_more_than_a_thousand_chunks_pass(bench: Bench) -> None:
    file = bench.folder / "chunks.csv"
    write(Shape(rows=MANY_CHUNKS, duplicates=MANY_REPEATED), file)

    through = imported(bench, file, ChunkTargetBytes="1")  # every row a chunk

    assert through.plan.chunk_count == through.plan.row_count == MANY_CHUNKS
    summaries = list(through.store.list_keys(through.bucket, through.keys.summaries))
    assert len(summaries) == MANY_CHUNKS
    files = result_files(through.store, through.bucket, through.keys)
    # more than an inline Map takes, so the second pass is a Distributed Map as well
    assert_values_were_compared(through, files["faults.ndjson"], least=int(INLINE) + 1)
    assert_equal(files, in_one_process(through, file, bench.folder / "few"))
