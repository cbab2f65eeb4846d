"""Policies for faults through the whole machine: from the job's options to its end."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from core.actors import ANONYMOUS
from core.clock import now
from core.file_format import (
    HeaderMatching,
    Locale,
    MappingRule,
    OnFault,
    Reading,
    ReadingOptions,
    StepKind,
    ValueStep,
)
from core.job_control.presentation import job_to_json
from core.job_control.progress import progress_of
from core.jobs.records import JobRecord, JobStatus
from core.jobs.repository import JobRepository
from core.storage import ImportKeys
from handlers import environment
from tests.integration.import_machine import RESULTS, UPLOADS, ImportMachine, table

ROWS = table(("Name", "Price"), ("Chair", "ten"), ("Table", "20"), ("Sofa", "30"), ("", "5"))


def imported(machine: ImportMachine, rows: bytes = ROWS, **options: Any) -> JobRecord:
    key = f"user-uploads/{uuid.uuid4()}/products.csv"
    JobRepository(machine.database).register(
        key.split("/")[1],
        bucket=UPLOADS,
        key=key,
        file_name="products.csv",
        reading=Reading(options=ReadingOptions(**options)),
        actor=ANONYMOUS,
        now=now(),
    )
    return machine.import_file(rows, key)


def shown(job: JobRecord) -> dict[str, Any]:
    store, settings = environment.store(), environment.settings()
    return job_to_json(job, progress_of(job, store, settings), store, settings)


@pytest.mark.parametrize("chunk_bytes", [8, 1_000_000])
def test_rows_stay_without_their_faulty_values_in_either_map(
    machine: ImportMachine, chunk_bytes: int
) -> None:
    machine.configure(chunk_target_bytes=chunk_bytes, inline_map_max_chunks=2)

    job = imported(machine, on_fault=OnFault.SKIP_VALUE)

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.counts is not None
    assert (job.counts.valid_rows, job.counts.invalid_rows) == (3, 1)
    assert job.counts.rows_with_skipped_values == 1
    assert machine.result(job)["products"][0] == {"Name": "Chair"}
    assert shown(job)["options"] == {"onFault": "skip_value"}
    assert "resultDownloadUrl" in shown(job)


def test_a_mapping_travels_with_the_job_to_every_chunk(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=8, inline_map_max_chunks=2)
    mapping = (
        MappingRule(headers=("Price", "Name"), attribute="Name", joined_by=" / "),
        MappingRule(constant="7.5", attribute="Price"),
    )

    job = imported(machine, mapping=mapping, headers=HeaderMatching.LOOSE)

    assert machine.result(job)["products"][0] == {"Name": "ten / Chair", "Price": 7.5}
    assert job.status is JobStatus.COMPLETED
    assert shown(job)["options"] == {
        "headers": "loose",
        "mapping": [
            {"headers": ["Price", "Name"], "attribute": "Name", "joinedBy": " / "},
            {"constant": "7.5", "attribute": "Price"},
        ],
    }


def test_how_values_are_written_is_decided_once_for_all_chunks(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=8, inline_map_max_chunks=2)
    rows = table(("Name", "Price"), ("Chair", "1.450"), ("Table", "n/a"), ("Sofa", "12,50"))

    job = imported(machine, rows, locale="auto")

    prices = [product.get("Price") for product in machine.result(job)["products"]]
    assert prices == [1450, None, 12.5]
    assert {"LOCALE_READ", "WORDS_READ_AS_EMPTY"} <= {notice.code for notice in job.notices}
    assert shown(job)["options"] == {"locale": "auto"}

    undecided = imported(machine, table(("Name", "Price"), ("Chair", "1.450")), locale=Locale())

    assert (undecided.status, undecided.error_code) == (JobStatus.FAILED, "LOCALE_UNDECIDED")
    assert shown(undecided)["options"] == {"locale": {}}


def test_too_many_faulty_rows_fail_the_job_which_shows_its_faults_and_no_products(
    machine: ImportMachine,
) -> None:
    job = imported(machine, max_faulty_rows_percent=40)

    (execution,) = machine.executions()
    assert execution["status"] == "SUCCEEDED"  # an outcome, not a breakdown
    assert (job.status, job.error_code) == (JobStatus.FAILED, "TOO_MANY_FAULTY_ROWS")
    seen = shown(job)
    assert seen["errorDetails"] == seen["message"]
    assert seen["message"].startswith("2 of 4 rows (50%) have faults, and at most 40% may.")
    assert set(seen["downloads"]) == {"faults", "rejected"}
    assert not {"resultDownloadUrl", "resultS3Key"} & seen.keys()
    assert (seen["counts"]["invalidRows"], seen["counts"]["faults"]) == (2, 2)
    assert seen["notices"] == []


def test_just_as_many_faulty_rows_as_allowed_are_fine(machine: ImportMachine) -> None:
    job = imported(machine, max_faulty_rows_percent=50)

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.error_code is None


def test_what_value_steps_change_is_a_download_of_the_job(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=8, inline_map_max_chunks=2)
    rows = table(("Name", "Price"), ("Chair", "5"), ("table", "6"), ("sofa", "7"))
    steps = (ValueStep(attribute="Name", step=StepKind.UPPER_CASE),)

    job = imported(machine, rows, value_steps=steps)

    data = machine.s3.get_object(Bucket=RESULTS, Key=ImportKeys(job.id, job.attempt).all_changes)
    lines = [json.loads(line) for line in data["Body"].read().splitlines()]
    assert [(line["row"], line["before"], line["after"]) for line in lines] == [
        (1, "Chair", "CHAIR"),
        (2, "table", "TABLE"),
        (3, "sofa", "SOFA"),
    ]
    assert [n.message for n in job.notices if n.code == "VALUES_CHANGED"] == [
        'Value steps changed cells of "Name" (upper_case 3). The download “changes” lists each of '
        "them."
    ]
    assert shown(job)["options"] == {"valueSteps": [{"attribute": "Name", "step": "upper_case"}]}
