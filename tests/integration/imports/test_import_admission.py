"""The slots of imports over the real machine: whatever way an execution ends, its slot is free
again, and what waited is started."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.imports.jobs.requests import import_event
from core.jobs.records import JobStatus
from handlers.clients import ImportQueue
from tests.integration.import_machine import ImportMachine, table

CLEAN = table(("Name", "Price"), ("Lamp", "1"))


class Queue:
    """Keeps what is reported, as the import queue would."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(json.loads(json.dumps(message)))


@pytest.fixture
def queue(machine: ImportMachine, monkeypatch: pytest.MonkeyPatch) -> Queue:
    queue = Queue()
    monkeypatch.setattr(ImportQueue, "send", lambda _, message: queue.send(message))
    return queue


def slots_held(machine: ImportMachine) -> int:
    return sum(len(lane["holders"]) for lane in machine.database["import_slots"].find())


@pytest.mark.parametrize("way", ["closed", "refused", "failed", "superseded"])
def test_every_way_out_of_the_machine_gives_the_slot_back(
    machine: ImportMachine, queue: Queue, way: str
) -> None:
    held: list[int] = []
    machine.around("open_job", before=lambda: held.append(slots_held(machine)))
    if way == "failed":
        machine.fail("plan_chunks")
    key = machine.upload(b"\x00\x01\x02\x00" * 50 if way == "refused" else CLEAN)
    if way == "superseded":
        machine.around("open_job", before=lambda: machine.upload(CLEAN, key))

    machine.deliver(key)
    machine.wait()

    assert way == "superseded" or held == [1]
    assert len(machine.executions()) == 1
    assert slots_held(machine) == 0


def test_the_end_of_one_import_starts_the_next_in_line(
    machine: ImportMachine, queue: Queue
) -> None:
    machine.configure(small_imports_at_once=1)
    first, second = machine.upload(CLEAN), machine.upload(CLEAN)
    machine.around("open_job", before=lambda: machine.deliver(second))

    machine.deliver(first)
    machine.wait()

    assert machine.job(first).status is JobStatus.COMPLETED
    assert machine.job(second).status is JobStatus.PENDING
    bucket = machine.job(second).s3_bucket
    assert queue.sent == [import_event(bucket, second)]
    del machine.wrapped["open_job"]
    machine.deliver(second)
    machine.wait()
    assert machine.job(second).status is JobStatus.COMPLETED
    assert slots_held(machine) == 0
