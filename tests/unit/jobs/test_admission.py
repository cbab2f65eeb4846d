"""A limited number of imports run at once, others in order, small files in a lane of their own."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.imports.jobs.reprocessing import reprocess_job
from core.imports.jobs.requests import ImportMessage
from core.imports.jobs.starting import StartOutcome, start_import
from core.job_control.cancelling import cancel_job
from core.job_control.sweeping import sweep_jobs, sweep_slots
from core.jobs.admission import Admission, Lane, give_back, slot_name
from core.jobs.records import JobType, job_id_of
from core.jobs.repository import JobRepository
from tests.unit.jobs.calling_off import Machine
from tests.unit.jobs.job_setting import SETTINGS, START, UPLOADS, VersionedFolder, after

LIMITED = dataclasses.replace(
    SETTINGS, imports_at_once=2, small_imports_at_once=1, small_import_bytes=10
)
LARGE = b"Name\n" + b"x" * 100 + b"\n"
SMALL = b"Name\nx\n"


class Watched(Machine):
    def status(self, execution_arn: str) -> str | None:
        return self.status_of(execution_arn.rpartition(":")[2])


@pytest.fixture
def machine() -> Watched:
    return Watched()


@pytest.fixture
def admission(database: Database[dict[str, Any]]) -> Admission:
    return Admission(database, LIMITED)


def start(
    store: VersionedFolder, jobs: JobRepository, machine: Machine, key: str, minutes: float = 0
) -> StartOutcome:
    message = ImportMessage(bucket=UPLOADS, key=key)
    now = after(minutes=minutes)
    return start_import(store, jobs, machine, LIMITED, message=message, now=now).outcome


def upload(
    store: VersionedFolder,
    jobs: JobRepository,
    machine: Machine,
    *keys: str,
    data: bytes = LARGE,
    minutes: float = 0,
) -> list[StartOutcome]:
    outcomes = []
    for number, key in enumerate(keys):
        store.put(UPLOADS, key, data)
        outcomes.append(start(store, jobs, machine, key, minutes + number / 60))
    return outcomes


def started(machine: Machine) -> list[Any]:
    return [given["key"] for given in machine.started.values()]


def end(admission: Admission, machine: Machine, key: str) -> str | None:
    """The last state of this file's execution; the key of the file that is next."""
    (name,) = [name for name, given in machine.started.items() if given["key"] == key]
    machine.statuses[name] = "SUCCEEDED"
    following = give_back(admission, f"arn:aws:states:eu:1:execution:product-import:{name}")
    return None if following is None else following.key


def test_so_many_run_at_once_and_the_others_follow_in_order(
    store: VersionedFolder, jobs: JobRepository, machine: Watched, admission: Admission
) -> None:
    assert upload(store, jobs, machine, "a", "b", "c", "d") == [
        *("STARTED", "STARTED", "WAITING", "WAITING")
    ]
    assert started(machine) == ["a", "b"]
    assert start(store, jobs, machine, "d") == "WAITING", "its event came twice"

    assert end(admission, machine, "b") == "c"
    assert start(store, jobs, machine, "c", 5) == "STARTED"
    assert end(admission, machine, "a") == "d"
    assert start(store, jobs, machine, "d", 6) == "STARTED"
    assert started(machine) == ["a", "b", "c", "d"]
    assert end(admission, machine, "c") is None


def test_whoever_comes_next_starts_what_waits_first(
    store: VersionedFolder, jobs: JobRepository, machine: Watched, admission: Admission
) -> None:
    """The report of a free slot was lost."""
    upload(store, jobs, machine, "a", "b", "c")
    end(admission, machine, "a")

    assert upload(store, jobs, machine, "d", minutes=1) == ["WAITING"]
    assert started(machine) == ["a", "b", "c"]


def test_a_small_file_does_not_wait_behind_large_ones(
    store: VersionedFolder, jobs: JobRepository, machine: Watched
) -> None:
    upload(store, jobs, machine, "a", "b", "c")

    assert upload(store, jobs, machine, "tiny", data=SMALL, minutes=1) == ["STARTED"]
    assert upload(store, jobs, machine, "tiny too", data=SMALL, minutes=2) == ["WAITING"]


def test_callers_at_one_moment_never_give_away_more_slots_than_there_are(
    store: VersionedFolder, jobs: JobRepository, machine: Watched
) -> None:
    keys = [f"file-{number}" for number in range(12)]
    for key in keys:
        store.put(UPLOADS, key, LARGE)
    with ThreadPoolExecutor(6) as callers:
        outcomes = list(callers.map(lambda key: start(store, jobs, machine, key), keys))

    assert len(machine.started) == 2
    assert outcomes.count(StartOutcome.WAITING) >= 9


def test_a_reprocessing_takes_its_place_in_the_line(
    store: VersionedFolder, jobs: JobRepository, machine: Watched, admission: Admission
) -> None:
    c = job_id_of(UPLOADS, "c")
    upload(store, jobs, machine, "a", "b", "c")
    cancel_job(store, jobs, machine, job_id=c, actor=ANONYMOUS, now=after(minutes=1))
    reprocess_job(
        store,
        jobs,
        machine,
        LIMITED,
        job_id=c,
        reading=None,
        actor=ANONYMOUS,
        now=after(minutes=2),
    )
    assert started(machine) == ["a", "b"]

    assert end(admission, machine, "a") == "c"
    assert start(store, jobs, machine, "c", 3) == "STARTED"
    assert [name for name in machine.started if name.endswith("-r1")] == [*machine.started][2:]


def test_a_cancelled_import_leaves_the_line(
    store: VersionedFolder, jobs: JobRepository, machine: Watched, admission: Admission
) -> None:
    upload(store, jobs, machine, "a", "b", "c")
    cancel_job(
        store, jobs, machine, job_id=job_id_of(UPLOADS, "c"), actor=ANONYMOUS, now=after(minutes=1)
    )
    end(admission, machine, "a")

    assert upload(store, jobs, machine, "d", minutes=2) == ["STARTED"], "c was cancelled"


def test_the_sweep_frees_the_slots_of_executions_that_are_gone(
    store: VersionedFolder, jobs: JobRepository, machine: Watched, admission: Admission
) -> None:
    upload(store, jobs, machine, "a", "b", "c")
    running, stopped = machine.started
    machine.statuses[stopped] = "ABORTED"

    assert sweep_slots(store, jobs, machine, LIMITED, now=after(seconds=30)) == 0, "too early"
    assert sweep_slots(store, jobs, machine, LIMITED, now=after(minutes=2)) == 1
    assert started(machine) == ["a", "b", "c"]
    assert {slot.name for slot in admission.held()} == {running, [*machine.started][2]}


def test_a_job_in_line_is_well_however_long_it_waits(
    store: VersionedFolder, jobs: JobRepository, machine: Watched
) -> None:
    upload(store, jobs, machine, "a", "b", "c")

    def sweep(minutes: float) -> Any:
        return sweep_jobs(
            store,
            jobs,
            dict.fromkeys(JobType, machine),
            LIMITED,
            now=after(minutes=minutes),
            on_error=lambda job, error: pytest.fail(str(error)),
        )

    for minutes in (5, 70, 500):
        swept = sweep(minutes)
        assert job_id_of(UPLOADS, "c") in swept.alive
        assert swept.failed == swept.started == ()


def test_all_tries_of_one_import_share_its_slot(admission: Admission) -> None:
    assert slot_name("arn:aws:states:eu:1:execution:product-import:job-v-r2-t3") == "job-v-r2"
    assert admission.take(Lane.SMALL, "job-v", START)
    assert admission.take(Lane.SMALL, "job-v", START), "it holds it already"
    assert not admission.take(Lane.SMALL, "other", START)
    assert admission.release("job-v") is Lane.SMALL
    assert admission.release("job-v") is None
    assert admission.take(Lane.SMALL, "other", START)


def test_a_sweep_takes_back_only_the_slot_that_it_saw(admission: Admission) -> None:
    """It ended and was taken again between the look of the sweep and its write."""
    name = "one"
    admission.take(Lane.LARGE, name, START)
    (seen,) = admission.held()
    admission.release(name)
    admission.take(Lane.LARGE, name, after(minutes=5))

    assert admission.release(seen.name, seen.at) is None

    assert [slot.at for slot in admission.held()] == [after(minutes=5)]
    assert admission.release(name, after(minutes=5)) is Lane.LARGE
