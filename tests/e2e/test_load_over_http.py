"""Many uploads at once: no job gets stuck, memory is bounded, and a tiny file does not wait for
large ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.processes import PROC, process_table
from infra.local.rest import Rest

UPLOADS = 100
GIB = 2**30
FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """With the settings of `make up`, which the stack of the other modules has not."""
    configuration = Configuration(
        state=tmp_path_factory.mktemp("load"),
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters=LOCAL_DEFAULTS,
    )
    try:
        running = local_stack.up(configuration, print)
        yield {"apiUrl": running.api_url, "emulator": running.pids["ministack"]}
    finally:
        local_stack.down(configuration, print)


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    rest = Rest(stack["apiUrl"])
    rest.call("POST", "/attributes", {"name": "Name", "type": "short_text"})
    for number in range(14):
        rest.call("POST", "/attributes", {"name": f"Text {number}", "type": "long_text"})
    return rest


def table(path: Path, rows: int) -> Path:
    header = ",".join(["Name", *(f"Text {number}" for number in range(14))])
    cells = ",".join(["some words"] * 14)
    path.write_text("\n".join([header, *(f"Product {row},{cells}" for row in range(rows))]) + "\n")
    return path


def upload(rest: Rest, file: Path) -> str:
    ticket = rest.presigned_upload(file.name, {})
    rest.upload(ticket["uploadUrl"], ticket["headers"], file)
    return str(ticket["jobId"])


def wait(rest: Rest, job_ids: list[str], seconds: float) -> float:
    """Until all have ended well; the seconds that it took."""
    began = time.monotonic()
    left = list(job_ids)
    while left:
        assert time.monotonic() - began < seconds, f"{len(left)} jobs have not ended"
        job = rest.job(left[0])
        if job["status"] in FINAL:
            assert job["status"] == "COMPLETED", job
            left.pop(0)
        else:
            time.sleep(0.2)
    return time.monotonic() - began


def memory(emulator: int) -> int:
    """Bytes of the emulator and its workers; what they share is counted once."""
    total = 0
    for process in process_table():
        if process.group == emulator:
            try:
                lines = (PROC / str(process.pid) / "smaps_rollup").read_text().splitlines()
            except OSError:
                continue  # it ended while we looked
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


def test_a_tiny_file_beside_five_large_ones_is_done_in_seconds(rest: Rest, tmp_path: Path) -> None:
    tiny = table(tmp_path / "tiny.csv", 3)
    alone = wait(rest, [upload(rest, tiny)], 120)
    large = [upload(rest, table(tmp_path / f"large-{n}.csv", 50_000)) for n in range(5)]

    beside = wait(rest, [upload(rest, tiny)], 120)

    unfinished = [job_id for job_id in large if rest.job(job_id)["status"] not in FINAL]
    assert unfinished or beside < 10, "it did not wait for all of them"
    assert beside < 10 + 10 * alone, "in seconds, on a machine as busy as this one"
    wait(rest, large, 400)


@pytest.mark.skipif(not (PROC / "self" / "smaps_rollup").exists(), reason="needs Linux")
def test_a_hundred_uploads_at_once_all_end_and_stay_within_4_gib(
    stack: dict[str, Any], rest: Rest, tmp_path: Path
) -> None:
    file = table(tmp_path / "many.csv", 2_000)
    with ThreadPoolExecutor(8) as callers:
        job_ids = list(callers.map(lambda _: upload(rest, file), range(UPLOADS)))
    most = 0
    left = set(job_ids)
    deadline = time.monotonic() + 1200
    while left:
        assert time.monotonic() < deadline, f"{len(left)} jobs have not ended"
        most = max(most, memory(stack["emulator"]))
        ended = rest.call("GET", "/processing-jobs?status=COMPLETED&limit=100")["pagination"]
        if ended["totalItems"] >= UPLOADS:
            left = {j for j in left if rest.job(j)["status"] not in FINAL}
        time.sleep(1)

    assert {rest.job(job_id)["status"] for job_id in job_ids} == {"COMPLETED"}
    print(f"At most {most / GIB:.2f} GiB")
    assert most < 4 * GIB
