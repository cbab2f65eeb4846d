"""`make console` over a running stack: what an operator sees, and a restart from the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import urllib3
from rich.console import Console

from infra.client.importing import watch
from infra.local.configuration import Configuration
from infra.operations.console.server import HEADER, server_for
from infra.operations.target import Target, target_of

pytestmark = pytest.mark.e2e

MANY = b"Console Name,Console Price\n" + b"".join(b"Chair %d,10\n" % i for i in range(900))


@pytest.fixture
def target(stack: dict[str, Any], state: Path) -> Target:
    environment = {"LOCAL_STATE": str(state)}
    return target_of(environment, Configuration.from_environment(environment))


@pytest.fixture
def url(target: Target) -> Iterator[str]:
    with server_for(target, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def read(url: str, **query: str) -> Any:
    answer = urllib3.request("GET", f"{url}?{urlencode(query)}")
    assert answer.status == 200, answer.data
    return answer.json()


def imported(target: Target, folder: Path) -> dict[str, Any]:
    file = folder / "console.csv"
    file.write_bytes(MANY)
    ticket = target.rest.presigned_upload(file.name, {})
    target.rest.upload(ticket["uploadUrl"], {}, file)
    job_id = target.rest.process_file(ticket["s3Key"])
    return watch(target.rest, job_id, "import", Console(quiet=True))


def page(address: str, profile: Path) -> str:
    """What a browser makes of a page before it reads again."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    # Chromium's sandbox cannot be set up by root, as in a container.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    flags = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}"]
    # The browser's own clock stands still while an answer is awaited.
    done = subprocess.run(
        [program, *flags, *sandbox, "--virtual-time-budget=2000", "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.partition("<main>")[2].partition("<script>")[0]


def test_an_operator_finds_a_failed_file_restarts_it_and_sees_its_chunks(
    target: Target, url: str, tmp_path: Path
) -> None:
    job = imported(target, tmp_path)
    assert job["errorCode"] == "NO_ATTRIBUTES"
    listed = read(f"{url}/data/jobs", status="FAILED", code="NO_ATTRIBUTES", limit="5")["data"]
    assert listed[0]["_id"] == job["_id"]
    for name, kind in (("Console Name", "short_text"), ("Console Price", "number")):
        target.rest.create_attribute({"name": name, "type": kind})

    body = json.dumps({"jobIds": [job["_id"]]})
    restarted = urllib3.request("POST", f"{url}/act/restart", body=body, headers={HEADER: "1"})
    watch(target.rest, restarted.json()["jobId"], "restart", Console(quiet=True))
    job = read(f"{url}/data/job", id=job["_id"])
    assert job["status"] == "COMPLETED"

    machines = {one["name"]: one["arn"] for one in read(f"{url}/data/machines")["machines"]}
    executions = read(f"{url}/data/executions", machine=machines["product-import"])["executions"]
    assert job["executionArn"] in [one["arn"] for one in executions]
    shown = read(f"{url}/data/execution", arn=job["executionArn"])
    assert (shown["jobId"], shown["status"]) == (job["_id"], "SUCCEEDED")
    assert shown["seen"]["CloseJob"]["status"] == "succeeded"
    assert ["OpenJob", "Opened?"] in shown["taken"]
    tiles = shown["chunks"]["ValidateChunksAtScale"]["tiles"]
    story = read(f"{url}/data/story", id=job["_id"])["story"]
    planned = re.search(r" chunks=(\d+)", story)
    assert planned is not None
    assert len(tiles) == int(planned[1]) > 4
    assert {tile["status"] for tile in tiles} == {"SUCCEEDED"}
    chunk = read(f"{url}/data/execution", arn=tiles[0]["arn"])
    assert list(chunk["graph"]["states"]) == ["ValidateChunkAtScale"]
    assert chunk["jobId"] == job["_id"]
    assert "claimed by an execution" in story

    address = f"{url}/#/execution/{quote(job['executionArn'], safe='')}"
    seen = page(address, tmp_path / "profile")
    assert f"ValidateChunksAtScale: {len(tiles)} chunks" in seen
    assert seen.count('<i class="succeeded"') == len(tiles)
    assert 'class="state succeeded "' in seen
