"""The sentences for jobs that fail for a reason other than the content of the file."""

from __future__ import annotations

from core.jobs.records import JobFailureCode, JobType
from core.wording import counted

AGAIN = "Please upload the file again"
REPROCESS = "Please reprocess the job; the file need not be uploaded again"
APPROVE_AGAIN = "What was saved stays; approve again, and it goes on with the rest"

ENRICH_AGAIN = (
    "Please ask for the suggestions again; what the model answered already is not paid for twice"
)
RESTART_AGAIN = "Jobs that were restarted go on; start the batch again for the others"
DELETE_AGAIN = "What was deleted stays deleted; reprocess the job, and it goes on with the rest"
EXPORT_AGAIN = "Please ask for the export again"
PROPOSE_AGAIN = "Please ask for the proposals again"

_WORDS = {
    JobType.IMPORT: ("The import", REPROCESS),
    JobType.COMMIT: ("The approval", APPROVE_AGAIN),
    JobType.DELETION: ("The deletion", DELETE_AGAIN),
    JobType.ENRICHMENT: ("The enrichment", ENRICH_AGAIN),
    JobType.REPROCESSING: ("The batch of restarts", RESTART_AGAIN),
    JobType.EXPORT: ("The export", EXPORT_AGAIN),
    JobType.PROPOSAL: ("The job that proposes attributes", PROPOSE_AGAIN),
}
"""By kind of job, what it is called, and what its caller does when it did not end well."""


def object_missing(file_name: str) -> str:
    return f"The file “{file_name}” was deleted before it could be read. {AGAIN}."


def no_attributes() -> str:
    return (
        "No attributes are defined yet, so no column can be matched. "
        "Define at least one attribute, then reprocess the job."
    )


def infrastructure_failed(kind: JobType, code: JobFailureCode, job_id: str) -> str:
    subject, again = _WORDS[kind]
    last = f"If it happens again, give support the job number {job_id}."
    if code is JobFailureCode.TIMED_OUT:
        if kind is JobType.IMPORT:
            last = "If it happens again, split the file into smaller ones."
        return f"{subject} took longer than it may and was stopped. {again}. {last}"
    blameless = "; your file is not to blame" if kind is JobType.IMPORT else ""
    return f"{subject} stopped because of a problem on our side{blameless}. {again}. {last}"


def stalled(kind: JobType, execution_status: str | None) -> str:
    """The reason in words for an execution that ended, in this status, without ending its job."""
    reason = {
        "TIMED_OUT": "it ran longer than it may",
        "ABORTED": "it was stopped by an operator",
    }.get(execution_status or "", "it ended without a result, because of a problem on our side")
    subject, again = _WORDS[kind]
    return f"{subject} no longer runs: {reason}. {again}."


def cancelled(kind: JobType) -> str:
    subject, again = _WORDS[kind]
    if kind is JobType.IMPORT:
        again = "To import the file after all, reprocess the job, or upload the file again"
    untouched = {
        JobType.ENRICHMENT: "; no product was changed",
        JobType.PROPOSAL: "; no attribute was created",
    }.get(kind, "")
    return f"{subject} was cancelled{untouched}. {again}."


def never_started(kind: JobType) -> str:
    subject, again = _WORDS[kind]
    if kind is JobType.IMPORT:
        subject = "The file arrived, but its import"
    return f"{subject} did not start, for a problem on our side. {again}."


def upload_not_received(file_name: str, seconds: int) -> str:
    time = counted(seconds, "second") if seconds < 60 else counted(seconds // 60, "minute")
    return (
        f"The file “{file_name}” is not there: it was not sent, or was deleted at once; "
        f"its upload link was valid for {time}. {AGAIN}, with a new link."
    )
