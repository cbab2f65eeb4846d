"""The measured inputs of the cost: CPU seconds, requests to S3, bytes; for a million rows.

One import of a file over moto's S3; of a smaller one, multiplied. The CPU seconds are those of all
threads of this process between the beginning and the end of a step, on a folder, so that the
emulated S3 costs nothing; the requests are those that the real S3Store sends.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from core.clock import now
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.output.results import aggregate_results
from core.jobs.orders import ExportFormat
from core.outcomes import Refusal
from core.storage import S3Store
from tests.bench.core_work import Steps, import_whole
from tests.bench.exporting import export_rows
from tests.bench.generate import Shape, write
from tests.bench.inputs import KEYS, ON_AWS, RESULTS, UPLOADS, definitions_of

ROWS = 1_000_000
PUTS = ("PutObject", "CopyObject", "ListObjectsV2", "UploadPart", "UploadPartCopy")
GETS = ("GetObject", "HeadObject")
TIERED_FROM_BYTES = 128 * 1024
"""Smaller objects are neither moved nor monitored."""


def measured_inputs(rows: int = ROWS) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, small = folder / "measured.csv", folder / "small.csv"
        write(Shape(rows=rows), file)
        write(Shape(rows=200), small)
        (folder / "store").mkdir()
        import_whole(str(small), str(folder / "warm"))
        steps = Steps(file, folder / "store", ON_AWS)
        cpu = _cpu_seconds(steps)
        sizes = {
            "upload_gb": file.stat().st_size,
            "work_gb": _bytes_below(folder / "store" / RESULTS / KEYS.work),
            "valid_rows_gb": _bytes_below(folder / "store" / RESULTS / KEYS.all_valid_rows),
            "results_gb": _bytes_below(folder / "store" / RESULTS / KEYS.results),
            "export_gb": export_rows(steps.store, ExportFormat.CSV),
        }
        tiered = _tiered_objects(folder / "store")
        requests, chunks = _requests(file), steps.planned[0].chunk_count
    times = 1_000_000 / rows
    return {
        **{key: seconds * times for key, seconds in cpu.items()},
        **{key: size / 1e9 * times for key, size in sizes.items()},
        "tiered_objects": tiered * times,
        "chunks": chunks * times,
        "s3_puts": sum(n for op, n in requests.items() if _is_put(op)) * times,
        "s3_gets": sum(n for op, n in requests.items() if op in GETS) * times,
    }


def _is_put(operation: str) -> bool:
    return operation in PUTS or operation.endswith("MultipartUpload")


def _cpu_seconds(steps: Steps) -> dict[str, float]:
    def cpu(work: Callable[[], object]) -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return {
        "plan_cpu_s": cpu(lambda: steps.planned),
        "validate_cpu_s": cpu(steps.validate),
        "aggregate_cpu_s": cpu(lambda: aggregate_results(steps.store, ON_AWS, KEYS, now=now())),
    }


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _tiered_objects(store: Path) -> int:
    """The upload and the results that are large enough to be moved to Intelligent-Tiering."""
    kept = (store / RESULTS / prefix for prefix in (KEYS.all_valid_rows, KEYS.results))
    files = (path for folder in (store / UPLOADS, *kept) for path in folder.rglob("*"))
    return sum(path.is_file() and path.stat().st_size >= TIERED_FROM_BYTES for path in files)


def _requests(file: Path) -> Counter[str]:
    """By operation."""
    counted: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counted[model.name] += 1

    with mock_aws():
        client = boto3.client(
            "s3",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        with closing(client):
            for bucket in (UPLOADS, RESULTS):
                client.create_bucket(Bucket=bucket)
            key = f"user-uploads/{KEYS.job_id}/{file.name}"
            client.put_object(Bucket=UPLOADS, Key=key, Body=file.read_bytes())
            client.meta.events.register("before-call.s3", count)
            source = SourceFile(
                bucket=UPLOADS, key=key, size=file.stat().st_size, file_name=file.name
            )
            outcome = run_import(
                S3Store(client),
                ON_AWS,
                job_id=KEYS.job_id,
                attempt=KEYS.attempt,
                source=source,
                options=ReadingOptions(),
                definitions=definitions_of(file),
                now=now(),
            )
            if isinstance(outcome, Refusal):
                raise RuntimeError(outcome.message)
    return counted
