"""The sentences that a person reads about a job."""

import pytest

from core.jobs.records import JobFailureCode, JobType
from core.jobs.sentences import (
    cancelled,
    infrastructure_failed,
    never_started,
    no_attributes,
    stalled,
    upload_not_received,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (60, "1 minute"), (3600, "60 minutes")],
)
def test_the_time_that_a_link_was_valid_is_told_in_its_unit(seconds: int, words: str) -> None:
    assert f"its upload link was valid for {words}." in upload_not_received("a.csv", seconds)


@pytest.mark.parametrize(
    "sentence",
    [
        *(infrastructure_failed(JobType.IMPORT, code, "7") for code in JobFailureCode),
        *(stalled(JobType.IMPORT, status) for status in ("TIMED_OUT", "ABORTED", None)),
        never_started(JobType.IMPORT),
        no_attributes(),
    ],
)
def test_a_file_that_is_there_is_reprocessed_and_not_uploaded_again(sentence: str) -> None:
    assert "reprocess the job" in sentence
    assert "upload the file again" not in sentence


@pytest.mark.parametrize("kind", JobType)
def test_every_kind_of_job_says_how_it_goes_on_after_any_end(kind: JobType) -> None:
    sentences = [
        *(infrastructure_failed(kind, code, "7") for code in JobFailureCode),
        *(stalled(kind, status) for status in ("TIMED_OUT", "ABORTED", None)),
        cancelled(kind),
        never_started(kind),
    ]

    for sentence in sentences:
        assert sentence.endswith(".")
        assert ".." not in sentence
        assert "again" in sentence or "reprocess" in sentence
