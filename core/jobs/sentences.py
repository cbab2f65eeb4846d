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

EXPORT_AGAIN = "Please ask for the export again"

PROPOSE_AGAIN = "Please ask for the proposals again"


def object_missing(file_name: str) -> str:
    return f"The file “{file_name}” was deleted before it could be read. {AGAIN}."


def no_attributes() -> str:
    return (
        "No attributes are defined yet, so no column can be matched. "
        "Define at least one attribute, then reprocess the job."
    )


def infrastructure_failed(code: JobFailureCode, job_id: str) -> str:
    if code is JobFailureCode.TIMED_OUT:
        return (
            "The import took longer than it may and was stopped. "
            f"{REPROCESS}. If it happens again, split the file into smaller ones."
        )
    return (
        "The import stopped because of a problem on our side; your file is not to blame. "
        f"{REPROCESS}. If it happens again, give support the job number {job_id}."
    )


def stalled(kind: JobType, execution_status: str | None) -> str:
    """The reason in words for an execution that ended, in this status, without ending its job."""
    reason = {
        "TIMED_OUT": "it ran longer than it may",
        "ABORTED": "it was stopped by an operator",
    }.get(execution_status or "", "it ended without a result, because of a problem on our side")
    if kind is JobType.COMMIT:
        return f"The approval no longer runs: {reason}. {APPROVE_AGAIN}."
    if kind is JobType.ENRICHMENT:
        return f"The enrichment no longer runs: {reason}. {ENRICH_AGAIN}."
    if kind is JobType.REPROCESSING:
        return f"The batch of restarts no longer runs: {reason}. {RESTART_AGAIN}."
    if kind is JobType.EXPORT:
        return f"The export no longer runs: {reason}. {EXPORT_AGAIN}."
    if kind is JobType.PROPOSAL:
        return f"The proposals are no longer prepared: {reason}. {PROPOSE_AGAIN}."
    return f"The import no longer runs: {reason}. {REPROCESS}."


def cancelled(kind: JobType) -> str:
    if kind is JobType.ENRICHMENT:
        return f"The enrichment was cancelled; no product was changed. {ENRICH_AGAIN}."
    if kind is JobType.REPROCESSING:
        return f"The batch of restarts was cancelled. {RESTART_AGAIN}."
    if kind is JobType.EXPORT:
        return f"The export was cancelled. {EXPORT_AGAIN}."
    if kind is JobType.PROPOSAL:
        return f"The proposals were cancelled; no attribute was created. {PROPOSE_AGAIN}."
    if kind is not JobType.IMPORT:
        return "The job was cancelled. What it had written by then stays; start it again to go on."
    return (
        "The import was cancelled. To import the file after all, reprocess the job, "
        "or upload the file again."
    )


def never_started(kind: JobType) -> str:
    if kind is JobType.COMMIT:
        return f"The approval did not start, for a problem on our side. {APPROVE_AGAIN}."
    if kind is JobType.ENRICHMENT:
        return "The enrichment did not start, for a problem on our side. Please ask for it again."
    if kind is JobType.REPROCESSING:
        return "The batch of restarts did not start, for a problem on our side. Please try again."
    if kind is JobType.EXPORT:
        return f"The export did not start, for a problem on our side. {EXPORT_AGAIN}."
    if kind is JobType.PROPOSAL:
        return f"The proposals did not start, for a problem on our side. {PROPOSE_AGAIN}."
    return (
        f"The file arrived, but its import did not start, for a problem on our side. {REPROCESS}."
    )


def upload_not_received(file_name: str, seconds: int) -> str:
    time = counted(seconds, "second") if seconds < 60 else counted(seconds // 60, "minute")
    return (
        f"The file “{file_name}” is not there: it was not sent, or was deleted at once; "
        f"its upload link was valid for {time}. {AGAIN}, with a new link."
    )
