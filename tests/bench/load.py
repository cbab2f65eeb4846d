"""Many uploads at once, on a local stack with the settings of `make up`: how long a tiny file
waits beside large ones, how many imports run at the same time, how much memory they take.

`python -m tests.bench.load` measures it at full size; `tests/e2e/test_load_over_http.py` checks the
same at a smaller one.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.client.rest import Rest
from infra.local import deployment, engines
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.running import Stack
from tests.memory import GIB, memory_of_groups

FINAL = frozenset({"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"})
TEXTS = 14
CALLERS = 8
IMPORTS_AT_ONCE = int(LOCAL_DEFAULTS["ImportsAtOnce"]) + int(LOCAL_DEFAULTS["SmallImportsAtOnce"])


@dataclass(frozen=True, slots=True)
class Beside:
    """A tiny file, first alone, then behind large ones."""

    alone_seconds: float
    beside_seconds: float
    large_seconds: float
    """Until the last of the large ones had ended."""
    large_unfinished: int
    """When the tiny one had ended."""


@dataclass(frozen=True, slots=True)
class Many:
    seconds: float
    most_bytes: int
    """Of the local engine and its workers."""
    most_running: int
    """Imports at the same time."""


class Load:
    def __init__(self, stack: Stack, folder: Path, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._rest = Rest(stack.api_url)
        self._folder = folder
        self._emulator = stack.pids[engines.EMULATOR]
        self._machines: Any = deployment.client("stepfunctions", stack.aws_port)
        self._rest.call("POST", "/attributes", {"name": "Name", "type": "short_text"})
        for number in range(TEXTS):
            self._rest.call("POST", "/attributes", {"name": f"Text {number}", "type": "long_text"})

    def beside_large(self, files: int, rows: int) -> Beside:
        tiny = self._table("tiny.csv", 3)
        tables = [self._table(f"large-{number}.csv", rows) for number in range(files)]
        self._wait([self._upload(tiny)])  # the first import of a stack starts its workers
        alone = self._wait([self._upload(tiny)])
        began = time.monotonic()
        large = [self._upload(each) for each in tables]
        beside = self._wait([self._upload(tiny)])
        unfinished = sum(self._rest.job(job_id)["status"] not in FINAL for job_id in large)
        self._wait(large)
        return Beside(alone, beside, time.monotonic() - began, unfinished)

    def many(self, uploads: int, rows: int) -> Many:
        file = self._table("many.csv", rows)
        began = time.monotonic()
        with ThreadPoolExecutor(CALLERS) as callers:
            ids = list(callers.map(lambda _: self._upload(file), range(uploads)))
        left = set(ids)
        most_bytes = most_running = 0
        while left:
            self._check_patience(began, len(left))
            most_bytes = max(most_bytes, memory_of_groups({self._emulator}))
            most_running = max(most_running, self._running())
            left = {job_id for job_id in left if not self._has_ended(job_id)}
        return Many(time.monotonic() - began, most_bytes, most_running)

    def _table(self, name: str, rows: int) -> Path:
        path = self._folder / name
        header = ",".join(["Name", *(f"Text {number}" for number in range(TEXTS))])
        cells = ",".join(["some words"] * TEXTS)
        lines = [header, *(f"Product {row},{cells}" for row in range(rows))]
        path.write_text("\n".join(lines) + "\n")
        return path

    def _upload(self, file: Path) -> str:
        ticket = self._rest.presigned_upload(file.name, {})
        self._rest.upload(ticket["uploadUrl"], ticket["headers"], file)
        return str(ticket["jobId"])

    def _wait(self, job_ids: list[str]) -> float:
        """Until all have ended well; the seconds that it took."""
        began = time.monotonic()
        for job_id in job_ids:
            while not self._has_ended(job_id):
                self._check_patience(began, len(job_ids))
                time.sleep(0.1)
        return time.monotonic() - began

    def _check_patience(self, began: float, jobs: int) -> None:
        seconds = time.monotonic() - began
        assert seconds < self._patience_seconds, f"not all of {jobs} jobs ended in {seconds:.0f} s"

    def _has_ended(self, job_id: str) -> bool:
        job = self._rest.job(job_id)
        assert job["status"] in {"PENDING", "PROCESSING", "COMPLETED"}, job
        return job["status"] in FINAL

    def _running(self) -> int:
        running = 0
        for machine in self._machines.list_state_machines()["stateMachines"]:
            found = self._machines.list_executions(
                stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
            )
            running += sum(each["status"] == "RUNNING" for each in found["executions"])
        return running


@contextlib.contextmanager
def running_load(folder: Path, patience_seconds: float) -> Iterator[Load]:
    """`patience_seconds` is how long the jobs of one measurement may take."""
    configuration = Configuration(
        state=folder / "stack",
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters=LOCAL_DEFAULTS,
    )
    try:
        yield Load(local_stack.up(configuration, print), folder, patience_seconds)
    finally:
        local_stack.down(configuration, print)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    options.add_argument("--uploads", type=int, default=100)
    options.add_argument("--rows", type=int, default=2_000, help="of each of the uploads")
    options.add_argument("--large", type=int, default=5)
    options.add_argument("--large-rows", type=int, default=50_000)
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="load-") as folder,
        running_load(Path(folder), 1_200) as load,
    ):
        beside = load.beside_large(given.large, given.large_rows)
        print(
            f"A tiny file: {beside.alone_seconds:.1f} s alone, {beside.beside_seconds:.1f} s "
            f"beside {given.large} files of {given.large_rows:,} rows, {beside.large_unfinished} "
            f"of them unfinished then; all after {beside.large_seconds:.0f} s."
        )
        many = load.many(given.uploads, given.rows)
        print(
            f"{given.uploads} uploads of {given.rows:,} rows at once: {many.seconds:.0f} s, "
            f"at most {many.most_running} imports at the same time and "
            f"{many.most_bytes / GIB:.2f} GiB."
        )


if __name__ == "__main__":
    main()
