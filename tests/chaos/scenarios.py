"""What `make chaos` goes through: each scenario breaks one kind of thing while files are imported
and approved."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.carrying import Carried, Client
from tests.chaos.faults import (
    database_away_in_each_phase,
    executions_disturbed,
    repeatedly,
    workers_killed,
)
from tests.chaos.files import make_file
from tests.chaos.portal import Portal

CALLERS = 8
MACHINES = 5


@dataclass(slots=True)
class Field:
    """Where a scenario takes place."""

    portal: Portal
    client: Client
    folder: Path
    name: str
    file_count: int
    rows: int
    """Of an ordinary file."""
    big_rows: int
    """Of the one large file among many."""

    def upload_files(self) -> list[Carried]:
        return self.upload([self.rows + 7 * number for number in range(self.file_count)])

    def upload(self, rows: Sequence[int]) -> list[Carried]:
        made = [make_file(self.folder, f"{self.name}-{n}", size) for n, size in enumerate(rows)]
        with ThreadPoolExecutor(CALLERS) as callers:
            return list(callers.map(self.client.upload, made))

    def carry(self, carried: Sequence[Carried]) -> None:
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(self.client.carry, carried))

    def count(self, fault: str, times: int = 1) -> None:
        self.portal.aws.injected[fault] += times


Scenario = Callable[[Field], list[Carried]]


def workers_killed_at_random(field: Field) -> list[Carried]:
    with workers_killed(field.portal, each=2) as killer:
        carried = field.upload_files()
        field.carry(carried)
    field.count("workers killed", killer.killed.total())
    return carried


def events_repeated_late_and_out_of_order(field: Field) -> list[Carried]:
    """The message of S3 five times for each file, in any order, some after the import ended; and
    process-file at the same moment."""
    carried = field.upload_files()
    drawn = random.Random(5)
    events = [each for each in carried for _ in range(5)]
    drawn.shuffle(events)
    with ThreadPoolExecutor(CALLERS) as callers:
        requested = [callers.submit(field.client.process, each) for each in events]
        for each in events:
            _send_event(field, each, drawn.choice((0, 0, 5, 30)))
        for call in requested:
            call.result()
    field.carry(carried)
    for each in carried:
        _send_event(field, each, 0)
        field.client.process(each)
    field.count("events and calls repeated", 2 * len(events) + 2 * len(carried))
    return carried


def _send_event(field: Field, carried: Carried, seconds: int) -> None:
    stack = field.portal.stack
    body = {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {
            "bucket": {"name": stack.uploads_bucket},
            "object": {"key": carried.s3_key, "size": carried.file.path.stat().st_size},
        },
    }
    field.portal.client("sqs").send_message(
        QueueUrl=stack.import_queue_url, MessageBody=json.dumps(body), DelaySeconds=seconds
    )


def database_away_in_every_phase(field: Field) -> list[Carried]:
    with database_away_in_each_phase(field.portal, seconds=30):
        carried = field.upload_files()
        field.carry(carried)
    return carried


def database_slow(field: Field) -> list[Carried]:
    field.portal.mongodb.faults.delay_seconds = 0.1
    carried = field.upload_files()
    field.carry(carried)
    return carried


def database_killed_with_writes_in_flight(field: Field) -> list[Carried]:
    field.portal.mongodb.faults.lost_replies = 0.02

    def kill() -> None:
        field.portal.kill_database()
        field.count("databases killed")

    with repeatedly(kill, 4):
        carried = field.upload_files()
        field.carry(carried)
    return carried


def s3_errors_and_truncated_reads(field: Field) -> list[Carried]:
    faults = field.portal.aws.faults
    faults.s3_errors, faults.s3_truncated, faults.lost_replies = 0.1, 0.05, 0.02
    carried = field.upload_files()
    field.carry(carried)
    return carried


THROTTLED = ("start-import", "uploads-api", "products-api", "jobs-api")
"""The emulator throttles functions that are called by their name. A machine calls versions of
functions; that every task is retried when these are throttled is tested by
`tests/unit/statemachines`."""


def functions_and_services_throttled(field: Field) -> list[Carried]:
    """One function after the other may not run for some seconds, and Step Functions, SQS and the
    other services refuse part of the calls."""
    functions = field.portal.client("lambda")
    field.portal.aws.faults.throttled = 0.3
    turns = itertools.cycle(THROTTLED)

    def throttle() -> None:
        name = f"product-portal-{next(turns)}"
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        field.count("functions throttled")
        time.sleep(3)
        functions.delete_function_concurrency(FunctionName=name)

    with repeatedly(throttle, 1):
        carried = field.upload_files()
        field.carry(carried)
    return carried


def executions_stopped_and_restarted(field: Field) -> list[Carried]:
    """In every state of every machine one is stopped, one is stopped and started again, and one
    gets a second one of the same input beside it: while files are imported and approved, then
    exported, enriched, and imported again as a batch."""
    field.portal.aws.faults.delay_seconds = 0.03  # each state lasts long enough to be seen
    with (
        repeatedly(field.portal.sweep, 5),
        executions_disturbed(field.portal) as disturber,
    ):
        carried = field.upload_files()
        field.carry(carried)
        with ThreadPoolExecutor(CALLERS) as callers:
            orders = [
                callers.submit(order, each)
                for each in carried
                for order in (field.client.export, field.client.enrich)
            ]
            for order in orders:
                order.result()
        field.client.import_again(carried)
    for action, times in disturber.done.items():
        field.count(f"executions {action}", times)
    field.count("states of machines", len(disturber.states))
    print(*(f"  {machine}: {state}" for machine, state in sorted(disturber.states)), sep="\n")
    assert len(disturber.machines) == MACHINES, f"only {disturber.machines} were disturbed"
    return carried


def a_hundred_uploads_and_a_large_one(field: Field) -> list[Carried]:
    """The large file is not approved: that would measure the embedded database alone."""
    carried = field.upload([field.big_rows, *[60 + number for number in range(100)]])
    with ThreadPoolExecutor(1) as caller:
        large = caller.submit(field.client.finish_import, carried[0])
        field.carry(carried[1:])
        large.result()
    return carried


def emulator_killed(field: Field) -> list[Carried]:
    """Everything but the database is gone in the middle of the work, executions included."""
    carried = field.upload_files()
    for each in carried:
        field.client.process(each)
    time.sleep(3)
    field.portal.kill_emulator()
    field.count("emulators killed")
    field.carry(carried[:1])
    with ThreadPoolExecutor(1) as caller:
        rest = caller.submit(field.carry, carried[1:])
        time.sleep(3)
        field.portal.kill_emulator()
        field.count("emulators killed")
        rest.result()
    return carried


A_LARGE_LOAD = "A hundred uploads and a large one"
"""Runs with the settings of `make up`, since it is about how much runs at once."""

SCENARIOS: Mapping[str, Scenario] = {
    "Workers killed (-9)": workers_killed_at_random,
    "Events repeated, late, out of order": events_repeated_late_and_out_of_order,
    "Database away for 30 s in every phase": database_away_in_every_phase,
    "Database slow": database_slow,
    "Database killed with writes in flight": database_killed_with_writes_in_flight,
    "S3 errors, truncated reads, lost replies": s3_errors_and_truncated_reads,
    "Functions and services throttled": functions_and_services_throttled,
    "Executions stopped and restarted": executions_stopped_and_restarted,
    A_LARGE_LOAD: a_hundred_uploads_and_a_large_one,
    "Emulator killed and started again": emulator_killed,
}
