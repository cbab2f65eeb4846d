"""Values that may occur once, through the whole machine: over both Maps, beside a catalogue, and
with tasks that fail on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from core.attributes.definitions import AttributeType
from core.attributes.repository import AttributeRepository
from core.attributes.requests import AttributeDraft
from core.imports.uniqueness import catalogue
from core.jobs.records import JobRecord, JobStatus
from core.products.indexes import sync_indexes
from core.storage import ImportKeys
from tests.integration.import_machine import RESULTS, ImportMachine, table

SKU = AttributeDraft(name="SKU", type=AttributeType.SHORT_TEXT, is_identifier=True, is_unique=True)
EAN = AttributeDraft(name="EAN", type=AttributeType.NUMBER, is_unique=True)
NOTE = AttributeDraft(name="Note", type=AttributeType.LONG_TEXT)

ROWS = [(f"S{n}", str(n), "x") for n in range(1, 9)]
REPEATING = [*ROWS, ("S2", "99", "x"), ("S10", "3.0", "x"), ("S11", "11", "x")]
IN_EITHER_MAP = pytest.mark.parametrize("inline_chunks", [1, 100])


@pytest.fixture
def portal(machine: ImportMachine) -> ImportMachine:
    machine.define(SKU, EAN, NOTE)
    sync_indexes(machine.database, AttributeRepository(machine.database).all())
    return machine


def file(rows: Sequence[tuple[str, ...]]) -> bytes:
    return table(("SKU", "EAN", "Note"), *rows)


def faults(machine: ImportMachine, job: JobRecord) -> list[tuple[int, str, str]]:
    key = ImportKeys(job.id, job.attempt).all_faults
    body = machine.s3.get_object(Bucket=RESULTS, Key=key)["Body"].read()
    found = [json.loads(line) for line in body.splitlines()]
    return [(fault["row"], fault["column"], fault["code"]) for fault in found]


def stock(machine: ImportMachine, *products: dict[str, Any]) -> None:
    machine.database["products"].insert_many([{**product} for product in products])


def ways(machine: ImportMachine) -> list[str]:
    (execution,) = machine.executions()
    return machine.visited(execution["executionArn"])


@IN_EITHER_MAP
def test_repeats_are_faults_in_either_map(portal: ImportMachine, inline_chunks: int) -> None:
    portal.configure(chunk_target_bytes=20, inline_map_max_chunks=inline_chunks)

    job = portal.import_file(file(REPEATING))

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert faults(portal, job) == [
        (9, "SKU", "NOT_UNIQUE_IN_FILE"),
        (10, "EAN", "NOT_UNIQUE_IN_FILE"),
    ]
    assert job.counts is not None
    assert (job.counts.valid_rows, job.counts.invalid_rows) == (9, 2)
    validate = "ValidateChunks" if inline_chunks > 1 else "ValidateChunksAtScale"
    assert ways(portal) == [
        *("OpenJob", "Opened?", "PlanChunks", "FanOut?", validate, "UniqueValues?"),
        *("FindRepeats", "CheckCatalogue", "FanOut?", validate, "UniqueValues?"),
        *("AggregateResults", "CloseJob", "StillOwner?", "Finished"),
    ]
    rows = [(e["chunk"]["firstRow"], e["chunk"]["rows"]) for e in portal.named("validate_chunk")]
    again = [span for span in rows if rows.count(span) > 1]
    assert 0 < len(again) < len(rows), "only the chunks with repeats are validated again"


def test_a_file_without_repeats_is_judged_once(portal: ImportMachine) -> None:
    job = portal.import_file(file(ROWS))

    assert job.status is JobStatus.COMPLETED
    assert len(portal.named("validate_chunk")) == 1
    assert ways(portal)[5:] == [
        *("UniqueValues?", "FindRepeats", "CheckCatalogue", "FanOut?"),
        *("AggregateResults", "CloseJob", "StillOwner?", "Finished"),
    ]


def test_a_file_without_unique_columns_skips_the_comparison(portal: ImportMachine) -> None:
    job = portal.import_file(table(("Note",), ("x",), ("x",)))

    assert job.status is JobStatus.COMPLETED
    assert portal.named("find_repeats") == portal.named("check_catalogue") == []


@IN_EITHER_MAP
@pytest.mark.parametrize("at_once", [0, 200_000])
def test_values_of_other_products_are_faults_whatever_the_size_of_the_catalogue(
    portal: ImportMachine, monkeypatch: pytest.MonkeyPatch, inline_chunks: int, at_once: int
) -> None:
    monkeypatch.setattr(catalogue, "PRODUCTS_AT_ONCE", at_once)
    monkeypatch.setattr(catalogue, "VALUES_AT_ONCE", 2)
    portal.configure(chunk_target_bytes=20, inline_map_max_chunks=inline_chunks)
    stock(
        portal,
        {"_id": "S1", "SKU": "S1", "EAN": 1.0},  # the row's own product
        {"_id": "other", "SKU": "other", "EAN": 3},
        {"_id": "older", "SKU": "S5"},  # from before SKU gave products their ids
        {"_id": "plain", "Note": "x"},
    )

    job = portal.import_file(file(REPEATING))

    assert faults(portal, job) == [
        (3, "EAN", "NOT_UNIQUE_IN_CATALOGUE"),
        (5, "SKU", "NOT_UNIQUE_IN_CATALOGUE"),
        (9, "SKU", "NOT_UNIQUE_IN_FILE"),
        (10, "EAN", "NOT_UNIQUE_IN_CATALOGUE"),
    ]
    assert "“" not in str(portal.result(job)["faults"][0])
    assert '"3" belongs to the product "other"' in portal.result(job)["faults"][0]["message"]


@IN_EITHER_MAP
def test_a_product_keeps_its_value_whatever_stands_above_it(
    portal: ImportMachine, inline_chunks: int
) -> None:
    portal.configure(chunk_target_bytes=1, inline_map_max_chunks=inline_chunks)
    stock(portal, {"_id": "p2", "SKU": "p2", "EAN": 2})

    job = portal.import_file(file([("intr", "2", "x"), ("p2", "2", "new text")]))

    assert faults(portal, job) == [(1, "EAN", "NOT_UNIQUE_IN_CATALOGUE")]
    assert job.counts is not None
    assert (job.counts.valid_rows, job.counts.invalid_rows) == (1, 1)


def test_a_file_whose_products_are_in_the_catalogue_is_clean(portal: ImportMachine) -> None:
    stock(portal, *({"_id": s, "SKU": s, "EAN": int(e), "Note": n} for s, e, n in ROWS))

    job = portal.import_file(file(ROWS))

    assert job.status is JobStatus.COMPLETED
    assert len(portal.named("validate_chunk")) == 1


@pytest.mark.parametrize("handler", ["find_repeats", "check_catalogue", "validate_chunk"])
def test_tasks_that_fail_on_the_way_change_nothing(portal: ImportMachine, handler: str) -> None:
    portal.configure(chunk_target_bytes=20, inline_map_max_chunks=1)
    stock(portal, {"_id": "other", "EAN": 3})
    expected = portal.import_file(file(REPEATING))
    portal.fail(handler, times=2)

    job = portal.import_file(file(REPEATING))

    def outcome(of: JobRecord) -> dict[str, bytes]:
        results = portal.objects(ImportKeys(of.id, of.attempt).results + "/")
        return {name: data for name, data in results.items() if name != "result.json"}

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert outcome(job) == outcome(expected)


def test_a_task_that_fails_after_its_work_is_done_changes_nothing(portal: ImportMachine) -> None:
    """The catalogue changes between the two tries; the attempt stays with what it saw."""
    failed: list[bool] = []

    def once() -> None:
        if not failed:
            failed.append(True)
            stock(portal, {"_id": "late", "EAN": 4})
            raise ConnectionError("broken by the test")

    portal.around("check_catalogue", after=once)

    job = portal.import_file(file(REPEATING))

    assert len(portal.named("check_catalogue")) == 2
    assert [row for row, _, _ in faults(portal, job)] == [9, 10]


@IN_EITHER_MAP
def test_a_chunk_that_cannot_be_judged_again_fails_the_job(
    portal: ImportMachine, inline_chunks: int
) -> None:
    portal.configure(chunk_target_bytes=20, inline_map_max_chunks=inline_chunks)
    portal.fail_if("validate_chunk", lambda event: event["chunk"].get("repeats", 0) > 0)

    job = portal.import_file(file(REPEATING))

    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")
    assert portal.named("close_job") == []


def test_a_restart_is_a_new_attempt_with_the_same_results(portal: ImportMachine) -> None:
    key = portal.upload(file(REPEATING))
    portal.deliver(key)
    portal.wait()
    first = portal.job(key)

    portal.restart(portal.executions()[0]["executionArn"])
    portal.wait()

    second = portal.job(key)
    assert (first.attempt, second.attempt) == (1, 2)
    assert faults(portal, second) == faults(portal, first)


def test_a_file_that_vanishes_under_its_chunks_is_told_as_that(portal: ImportMachine) -> None:
    key = portal.upload(file(REPEATING))
    portal.around("plan_chunks", after=lambda: _remove(portal, key))

    portal.deliver(key)
    portal.wait()

    assert portal.job(key).error_code == "OBJECT_MISSING"


def _remove(machine: ImportMachine, key: str) -> None:
    bucket = json.loads(machine.executions()[0]["input"])["bucket"]
    for version in machine.s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]:
        machine.s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
