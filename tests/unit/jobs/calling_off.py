"""What tests of cancelling and reprocessing share: a machine that remembers, and the two calls."""

from collections.abc import Mapping
from typing import Any

from core.actors import Actor
from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import Reading, RecognisableProfile
from core.imports.jobs.opening import OpenedJob, open_job
from core.imports.jobs.reprocessing import Restart, reprocess_job
from core.imports.jobs.requests import ImportMessage, ImportRequest
from core.imports.jobs.starting import Start, start_import
from core.job_control.cancelling import cancel_job
from core.jobs.records import JobEnding, JobRecord, JobStatus
from core.jobs.repository import JobRepository
from tests.unit.jobs.job_setting import JOB, KEY, SETTINGS, UPLOADS, VersionedFolder, after

ANNA = Actor("anna")
BROKEN = JobEnding(status=JobStatus.FAILED, error_code="INTERNAL_ERROR", error_details="Broken.")


class Definitions:
    def definitions(self) -> list[AttributeDefinition]:
        return [AttributeDefinition(name="Name", type=AttributeType.SHORT_TEXT)]


class NoProfiles:
    def of_key(self, key: str) -> Reading | None:
        return None

    def recognisable(self) -> list[RecognisableProfile]:
        return []


class Machine:
    """Remembers names and inputs, as Step Functions does, and what was stopped."""

    def __init__(self) -> None:
        self.started: dict[str, Mapping[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        self.stopped: list[str] = []
        self.away = False

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        if self.away:
            raise ConnectionError("Step Functions is away")
        return self.started.setdefault(name, execution_input) is execution_input

    def status_of(self, name: str) -> str | None:
        return self.statuses.get(name, "RUNNING") if name in self.started else None

    def stop(self, execution_arn: str, code: str, reason: str) -> None:
        if self.away:
            raise ConnectionError("Step Functions is away")
        assert code == "CANCELLED"
        assert reason
        self.stopped.append(execution_arn)


def uploaded(store: VersionedFolder, data: bytes = b"Name\n") -> None:
    store.put(UPLOADS, KEY, data)


def cancel(store: VersionedFolder, jobs: JobRepository, machine: Machine) -> JobRecord:
    return cancel_job(store, jobs, machine, job_id=JOB, actor=ANNA, now=after(minutes=10))


def reprocess(
    store: VersionedFolder,
    jobs: JobRepository,
    machine: Machine,
    reading: Reading | None = None,
) -> Restart:
    return reprocess_job(
        store,
        jobs,
        machine,
        SETTINGS,
        job_id=JOB,
        reading=reading,
        actor=ANNA,
        now=after(minutes=20),
    )


def event(store: VersionedFolder, jobs: JobRepository, machine: Machine) -> Start:
    """The upload's event arrives."""
    message = ImportMessage(bucket=UPLOADS, key=KEY)
    return start_import(store, jobs, machine, SETTINGS, message=message, now=after(minutes=11))


def job_of(jobs: JobRepository) -> JobRecord:
    job = jobs.get(JOB)
    assert job is not None
    return job


def opened(
    store: VersionedFolder, jobs: JobRepository, request: ImportRequest, arn: str = "arn:one"
) -> OpenedJob:
    return open_job(
        store,
        jobs,
        Definitions(),
        NoProfiles(),
        SETTINGS,
        execution_arn=arn,
        request=request,
        now=after(minutes=25),
    )
