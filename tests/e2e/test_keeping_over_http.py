"""What outlives the local engines: with KEEP=true files and results, without it a sentence on what
was lost. Settings do not: each start has those that it names."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.client.rest import Rest
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.running import Stack


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """Not the stack that other modules share: this one is killed."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def no_attributes_of_other_modules() -> None:
    return


@pytest.fixture
def configuration(tmp_path: Path) -> Iterator[Configuration]:
    configuration = Configuration(
        state=tmp_path / "state",
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters=LOCAL_DEFAULTS,
        keep=True,
    )
    try:
        yield configuration
    finally:
        local_stack.down(configuration, print)


def up(configuration: Configuration) -> tuple[Stack, Rest, str]:
    said: list[str] = []
    running = local_stack.up(configuration, said.append)
    return running, Rest(running.api_url), "\n".join(said)


def imported(rest: Rest, file: Path) -> dict[str, Any]:
    """The job of the file, when it ended."""
    ticket = rest.presigned_upload(file.name, {})
    rest.upload(ticket["uploadUrl"], ticket["headers"], file)
    job_id = rest.process_file(ticket["s3Key"])
    deadline = time.monotonic() + 120
    while (job := rest.job(job_id))["status"] in ("PENDING", "PROCESSING"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return job


def result_of(rest: Rest, job: dict[str, Any], folder: Path) -> bytes:
    return rest.download(job["resultDownloadUrl"], folder / "result.json").read_bytes()


def test_files_and_results_outlive_kill_9_and_down_with_keep_and_their_loss_is_said_without(
    configuration: Configuration, tmp_path: Path
) -> None:
    running, rest, _ = up(configuration)
    rest.call("POST", "/attributes", {"name": "Name", "type": "short_text"})
    file = tmp_path / "products.csv"
    file.write_text("Name\nLamp\n")
    job = imported(rest, file)
    before = result_of(rest, job, tmp_path)

    os.kill(running.pids["ministack"], signal.SIGKILL)
    local_stack.down(configuration, print)
    _, rest, said = up(configuration)
    assert result_of(rest, rest.job(job["_id"]), tmp_path) == before
    assert "earlier runs" not in said and "are gone" not in said

    _, rest, said = up(replace(configuration, keep=False))
    assert "knows 1 job of earlier runs" in said and "on disk, and not in use" in said
    job = rest.job(job["_id"])
    assert "resultDownloadUrl" not in job
    assert "no longer stored" in job["message"]


def test_a_limit_is_that_of_the_last_start_and_the_default_where_it_names_none(
    configuration: Configuration, tmp_path: Path
) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("A,B,C,D\n1,2,3,4\n")
    outcomes = []
    for limit in ({"MaxColumns": "3"}, {"MaxColumns": "2"}, {}):
        parameters = {**LOCAL_DEFAULTS, **limit}
        _, rest, said = up(replace(configuration, keep=False, parameters=parameters))
        rest.create_attribute({"name": "A", "type": "number"})
        job = imported(rest, file)
        outcomes.append((job.get("errorCode"), "MAX_COLUMNS is" in said))

    assert outcomes == [
        ("TOO_MANY_COLUMNS", False),
        ("TOO_MANY_COLUMNS", True),
        (None, True),
    ]
    assert "MAX_COLUMNS is 5000 now, no longer 2." in said
