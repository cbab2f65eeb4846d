"""The short form of `make chaos`: every function of an import and of an approval is killed once, S3
and the database break off, events come several times; every row is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.processes import PROC
from tests.chaos.carrying import Client
from tests.chaos.faults import STARTER, workers_killed
from tests.chaos.files import ATTRIBUTES, make_file
from tests.chaos.portal import Portal, portal
from tests.chaos.reconciling import reconcile

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (PROC / "self" / "environ").exists(),
        reason="reads /proc, which only Linux has",
    ),
]
ROWS = 1_200


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """Not the stack that other modules share: this one is broken."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def no_attributes_of_other_modules() -> None:
    return


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with portal(tmp_path_factory.mktemp("chaos")) as running:
        yield running


def test_every_row_is_accounted_for_whatever_breaks_meanwhile(
    running: Portal, tmp_path: Path
) -> None:
    client = Client(running)
    client.define_attributes(ATTRIBUTES)
    carried = client.upload(make_file(tmp_path, "one", ROWS))
    for _ in range(3):
        client.process(carried)
    running.aws.faults.s3_errors = running.aws.faults.s3_truncated = 0.02
    running.mongodb.faults.lost_replies = 0.01

    with workers_killed(running, each=1, sparing=STARTER) as killer:
        client.carry(carried)

    running.aws.calm()
    running.mongodb.calm()
    found = reconcile(running, [carried])
    assert found.complaints == []
    assert found.rows == ROWS
    assert found.products == len(carried.file.ids), carried.failures
    assert {"validate-chunk", "commit-chunk"} <= set(killer.killed)
