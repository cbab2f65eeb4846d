"""The job record: one document per import, approval, deletion, enrichment, export, batch of
restarts or proposal of attributes in `jobs`, JSON over REST.

    PENDING ──claim──▶ PROCESSING ──▶ COMPLETED | COMPLETED_WITH_ISSUES | FAILED
     │   ▲                 ▲                              │
     │   └── reprocess ────│──────────────────────────────┤   (the same version of the file)
     │                     └── claim of a later execution ┘   (a newer version, or a restart)
     └──sweep, cancel──▶ FAILED                PROCESSING ──sweep, cancel──▶ FAILED

Times are aware datetimes in UTC, BSON dates in the database, ISO 8601 with offset in JSON.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

import msgspec

from core.file_format import DetectedFormat, Reading, ReadingOptions, UsedProfile
from core.jobs.orders import (
    AcceptanceOrder,
    CommitCounts,
    CommitOrder,
    DeletionCounts,
    DeletionOrder,
    EnrichmentCounts,
    EnrichmentOrder,
    ExportCounts,
    ExportOrder,
    ProposalCounts,
    ProposalOrder,
    ReprocessingCounts,
    ReprocessingOrder,
    Usage,
)
from core.outcomes import Notice
from core.storage import ObjectInfo
from core.storage.keys import job_id_of_upload

_DROPPED_FILES = uuid.UUID("5f0c1c44-5a0b-5c4e-9a0e-3d7f6a0f8f21")
"""Namespace of the ids of files that came without a presigned URL. Never change it: the ids of
existing jobs depend on it."""


def job_id_of(bucket: str, key: str) -> str:
    """The id of the job of an object, the same for the upload event, `process-file` and a person. A
    key of `upload_key` contains it; for any other key it is a UUID of bucket and key, so a second
    upload to the same key is the next attempt of the same job.
    """
    return job_id_of_upload(key) or str(uuid.uuid5(_DROPPED_FILES, f"{bucket}/{key}"))


def version_of(info: ObjectInfo) -> str:
    """The version of an object; the ETag if the bucket has no versioning."""
    return info.version_id or info.etag


class JobType(StrEnum):
    IMPORT = "import"
    COMMIT = "commit"
    """The approval of an import, or of an enrichment: its valid rows, or its accepted suggestions,
    are saved in the catalogue."""
    DELETION = "deletion"
    """Of many products."""
    ENRICHMENT = "enrichment"
    """Suggestions for products; nothing goes into the catalogue before a person approves."""
    REPROCESSING = "reprocessing"
    """Restarts other jobs, a few at a time."""
    EXPORT = "export"
    """Valid rows of an import, or products of the catalogue, as a file."""
    PROPOSAL = "proposal"
    """Attributes proposed from a file; none is created before a person accepts."""


class JobStatus(StrEnum):
    """The contract's five. The front end stops polling at the last three."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ISSUES = "COMPLETED_WITH_ISSUES"
    FAILED = "FAILED"


FINAL_STATUSES = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES, JobStatus.FAILED})


class JobFailureCode(StrEnum):
    """Why a job failed for a reason other than the file. (For the file: `RefusalCode`.)"""

    INTERNAL_ERROR = "INTERNAL_ERROR"
    TIMED_OUT = "TIMED_OUT"
    STALLED = "STALLED"
    UPLOAD_NOT_RECEIVED = "UPLOAD_NOT_RECEIVED"
    CANCELLED = "CANCELLED"
    """A person cancelled it. Unlike the other failures it is final for its execution."""


class JobCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Rows and faults of the whole file."""

    rows: int
    """Records under the header, blank ones included."""
    blank_rows: int
    valid_rows: int
    invalid_rows: int
    rows_with_skipped_values: int = 0
    """Of the valid rows, those that were kept without their faulty values."""
    faults: int
    faults_by_code: dict[str, int]


class IgnoredColumn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A column without an attribute."""

    header: str
    column: int
    """Position in the file, 1 is the first column: as a person counts."""
    did_you_mean: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the last attempt left in a job beside its status; nothing while one is at work."""

    message: str | None = None
    format: DetectedFormat | None = None
    counts: JobCounts | None = None
    """Of an import."""
    commit_counts: CommitCounts | None = None
    """Of a commit."""
    deletion_counts: DeletionCounts | None = None
    enrichment_counts: EnrichmentCounts | None = None
    usage: Usage | None = None
    """Both of an enrichment."""
    reprocessing_counts: ReprocessingCounts | None = None
    export_counts: ExportCounts | None = None
    proposal_counts: ProposalCounts | None = None
    headers: tuple[str, ...] | None = None
    """Columns that matched a definition, in file order."""
    ignored_headers: tuple[str, ...] = ()
    ignored_columns: tuple[IgnoredColumn, ...] = ()
    notices: tuple[Notice, ...] = ()
    truncated: bool = False
    """The result file carries only the first products or faults."""
    product_files: bool = False
    """The valid rows of an import were written as files at once."""
    changes_file: bool = False
    """An import with value steps left a file of the cells that they changed."""
    error_code: str | None = None
    error_details: str | None = None
    cancelled_version: str | None = None
    """The version of the file (`version_of`) that a cancellation covers; None for a job that was
    cancelled before any file had arrived."""
    result_s3_key: str | None = msgspec.field(default=None, name="resultS3Key")


class JobEnding(Outcome, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an attempt stores in the job when it ends, successful or not.

    Also the list of fields that the next attempt clears when it claims the job.
    """

    status: JobStatus


class JobRecord(Outcome, frozen=True, kw_only=True, rename="camel"):
    """A job as stored in the database."""

    id: str = msgspec.field(name="_id")
    type: JobType = JobType.IMPORT
    status: JobStatus = JobStatus.PENDING
    s3_bucket: str = msgspec.field(name="s3Bucket")
    s3_key: str = msgspec.field(name="s3Key")
    s3_version_id: str | None = msgspec.field(default=None, name="s3VersionId")
    """The version that the current attempt reads; None until one began."""
    original_file_name: str
    submitted_at: datetime
    processing_started_at: datetime | None = None
    """When the current attempt claimed the job."""
    finished_at: datetime | None = None
    updated_at: datetime
    created_by: str
    updated_by: str
    attempt: int = 0
    """0 until the first execution claims the job."""
    execution_arn: str | None = None
    """The owner: only this execution may write the end of the job."""
    restarts: int | None = None
    """How often reprocessing was requested; None for never. It numbers those executions."""
    options: ReadingOptions = ReadingOptions()
    profile: UsedProfile | None = None
    """Whose options those are, apart from the ones given beside it; frozen, as they are."""
    commit: CommitOrder | None = None
    """Of a commit job; its file is that of the import."""
    acceptance: AcceptanceOrder | None = None
    """Of the approval of an enrichment, which has no `commit`."""
    deletion: DeletionOrder | None = None
    """Of a deletion; its “file” is the list of products in S3."""
    enrichment: EnrichmentOrder | None = None
    """Of an enrichment; its “file” is the order in S3."""
    reprocessing: ReprocessingOrder | None = None
    """Of a batch of restarts; its “file” is the list of jobs in S3."""
    export: ExportOrder | None = None
    """Of an export; its “file” is the order in S3."""
    proposal: ProposalOrder | None = None
    """Of a proposal; its “file” is the order in S3."""

    @property
    def reading(self) -> Reading:
        return Reading(options=self.options, profile=self.profile)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def is_cancelled(self) -> bool:
        return self.is_final and self.error_code == JobFailureCode.CANCELLED

    @property
    def awaits_restart(self) -> bool:
        """Reprocessing was requested, and its execution has not claimed the job yet."""
        return self.status is JobStatus.PENDING and self.restarts is not None

    def is_processed_by_another(self, execution_arn: str) -> bool:
        """Who lost a claim to another execution leaves the work to that one: this execution may
        have been stopped long ago, while one of its functions still runs."""
        return self.status is JobStatus.PROCESSING and self.execution_arn != execution_arn

    def is_cancelled_for(self, version: str) -> bool:
        """Whether the cancellation covers this version of the file: the one present at the
        cancellation, or else the first that arrives. Later versions are imported as usual.
        """
        return self.is_cancelled and self.cancelled_version in (None, version)
