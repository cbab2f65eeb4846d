"""How an execution opens a job: it claims the job, checks the file, freezes the definitions and the
profile.

If the execution does not get the job, because of a newer upload or a cancellation, the result is
`SUPERSEDED`: this is not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from core.actors import PIPELINE
from core.attributes.definitions import AttributeDefinition
from core.errors import FileRefused
from core.fan_out import OpenOutcome
from core.file_format import ChosenBy, Reading, ReadingOptions, RecognisableProfile, SourceFile
from core.imports.jobs.requests import ImportRequest
from core.jobs.records import JobRecord, version_of
from core.jobs.repository import JobRepository
from core.jobs.sentences import no_attributes, object_missing
from core.outcomes import Refusal, RefusalCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectInfo, ObjectMissing, ObjectStore
from core.storage.content_types import JSON
from core.wording import file_too_large

CLAIM_TRIES = 5
"""Each lost try means that another execution claimed the job meanwhile; five in a row means that
something starts executions without end."""


class DefinitionSource(Protocol):
    def definitions(self) -> Sequence[AttributeDefinition]:
        """All present attribute definitions."""
        ...


class ProfileSource(Protocol):
    def of_key(self, key: str) -> Reading | None:
        """The reading of a file that was dropped under this key; None if it names no profile.
        Raises FileRefused `PROFILE_NOT_FOUND`."""
        ...

    def recognisable(self) -> Sequence[RecognisableProfile]:
        """The profiles that are found by the headers of a file."""
        ...


class OpenedJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state that all later states of the machine read."""

    outcome: OpenOutcome
    job_id: str
    attempt: int | None = None
    """None when superseded."""
    source: SourceFile | None = None
    """None when superseded, or when there is no object."""
    options: ReadingOptions = ReadingOptions()
    refusal: Refusal | None = None


def open_job(
    store: ObjectStore,
    jobs: JobRepository,
    definitions: DefinitionSource,
    profiles: ProfileSource,
    settings: Settings,
    *,
    execution_arn: str,
    request: ImportRequest,
    now: datetime,
) -> OpenedJob:
    """Claim the job for the execution, check the object, freeze the definitions and, if nothing
    says how the file is read, the profiles among which its headers choose.

    Repeated for the same execution it gives the same attempt and the same frozen definitions.
    """
    claim = _claim_current(store, jobs, profiles, execution_arn, request, now)
    if claim is None:
        return OpenedJob(outcome=OpenOutcome.SUPERSEDED, job_id=request.job_id)
    record, attempt, info = claim.seen, claim.attempt, claim.info
    opened = OpenedJob(
        outcome=OpenOutcome.CLAIMED,
        job_id=request.job_id,
        attempt=attempt,
        options=claim.reading.options,
    )
    if info is None:
        sentence = object_missing(request.file_name)
        return _refused(opened, RefusalCode.OBJECT_MISSING, sentence)
    opened = msgspec.structs.replace(
        opened,
        source=SourceFile(
            bucket=info.bucket,
            key=info.key,
            size=info.size,
            file_name=record.original_file_name,
            version_id=info.version_id,
        ),
    )
    if info.size > settings.max_upload_bytes:
        sentence = file_too_large(record.original_file_name, info.size, settings.max_upload_bytes)
        return _refused(opened, RefusalCode.FILE_TOO_LARGE, sentence)
    if claim.refused is not None:
        return _refused(opened, RefusalCode(claim.refused.code), claim.refused.message)
    if not _freeze(store, settings, opened.job_id, attempt, definitions):
        return _refused(opened, RefusalCode.NO_ATTRIBUTES, no_attributes())
    if claim.reading.options.are_defaults:
        known = msgspec.json.encode(() if claim.reading.profile else profiles.recognisable())
        key = ImportKeys(opened.job_id, attempt).profiles
        store.put_if_absent(settings.results_bucket, key, known, JSON)
    return opened


def _freeze(
    store: ObjectStore,
    settings: Settings,
    job_id: str,
    attempt: int,
    definitions: DefinitionSource,
) -> Sequence[AttributeDefinition]:
    """Write the definitions of this attempt, once, and return the stored ones: a repetition must
    not change the rules while chunks are validated."""
    bucket, key = settings.results_bucket, ImportKeys(job_id, attempt).definitions
    current = sorted(definitions.definitions(), key=lambda definition: definition.name)
    if store.put_if_absent(bucket, key, msgspec.json.encode(current), JSON):
        return current
    return msgspec.json.decode(store.get(bucket, key), type=list[AttributeDefinition])


class _Claim(msgspec.Struct, frozen=True, kw_only=True):
    seen: JobRecord
    attempt: int
    info: ObjectInfo | None
    reading: Reading
    refused: FileRefused | None
    """The key names a profile that does not exist."""


def _claim_current(
    store: ObjectStore,
    jobs: JobRepository,
    profiles: ProfileSource,
    execution_arn: str,
    request: ImportRequest,
    now: datetime,
) -> _Claim | None:
    """Claim the job if the request names the object's current version; None if it does not, or
    if somebody cancelled this import or asked for another one of the same version.

    The object is read between reading the job and the compare-and-set on what was read. If the
    claim succeeds, no other execution has claimed the job since it was read. An execution of a
    newer version can only claim later, so an old execution never takes the job from a newer one.
    An execution that loses to another one of the same version leaves the work to that one.
    """
    for number in range(CLAIM_TRIES):
        seen = jobs.get(request.job_id) or jobs.register(
            request.job_id,
            bucket=request.bucket,
            key=request.key,
            file_name=request.file_name,
            actor=PIPELINE,
            now=now,
        )
        info = _head(store, request)
        if info is not None and request.version_id and info.version_id != request.version_id:
            return None
        if _is_called_off(jobs, seen, request, info):
            return None
        is_same_version = (
            request.version_id is not None and seen.s3_version_id == request.version_id
        )
        if number and is_same_version and seen.is_processed_by_another(execution_arn):
            return None
        reading, refused = _reading_of(seen, request), None
        if reading.profile is None and reading.options.are_defaults:
            try:
                reading = profiles.of_key(request.key) or reading
            except FileRefused as unknown:
                refused = unknown
        attempt = jobs.claim(
            seen,
            execution_arn=execution_arn,
            bucket=request.bucket,
            key=request.key,
            version_id=request.version_id,
            reading=reading,
            now=now,
        )
        if attempt is not None:
            return _Claim(seen=seen, attempt=attempt, info=info, reading=reading, refused=refused)
    raise RuntimeError(f"job {request.job_id} was claimed by others {CLAIM_TRIES} times in a row")


def _reading_of(seen: JobRecord, request: ImportRequest) -> Reading:
    """What a call said about the file stays. A profile that its key or its headers chose is chosen
    again for another version of the file: it may have been changed meanwhile."""
    is_chosen = seen.profile is not None and seen.profile.chosen_by is not ChosenBy.NAME
    if is_chosen and seen.s3_version_id != request.version_id:
        return Reading()
    return seen.reading


def _is_called_off(
    jobs: JobRepository, seen: JobRecord, request: ImportRequest, info: ObjectInfo | None
) -> bool:
    if seen.awaits_restart and seen.s3_version_id == request.version_id:
        return request.restart < (seen.restarts or 0)
    if info is None:
        return seen.is_cancelled
    version = version_of(info)
    if seen.is_cancelled_for(version):
        jobs.cover_version(seen.id, version)
        return True
    return False


def _head(store: ObjectStore, request: ImportRequest) -> ObjectInfo | None:
    try:
        return store.head(request.bucket, request.key)
    except ObjectMissing:
        return None


def _refused(opened: OpenedJob, code: RefusalCode, sentence: str) -> OpenedJob:
    return msgspec.structs.replace(
        opened, outcome=OpenOutcome.REFUSED, refusal=Refusal(code=code, message=sentence)
    )
