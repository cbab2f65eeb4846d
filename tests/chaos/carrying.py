"""A patient client: it repeats calls that were not answered, starts again what failed with a
reason, and keeps what it was promised."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from infra.client.rest import ApiError
from infra.errors import LauncherError
from tests.chaos.files import MadeFile
from tests.chaos.portal import Portal

_T = TypeVar("_T")

FINAL = frozenset({"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"})
POLL_SECONDS = 0.3
TOO_MANY_CALLS = 429
TRIES = 6
"""Of an import or an approval that failed."""


@dataclass(slots=True)
class Carried:
    """What the product acknowledged for one file."""

    file: MadeFile
    job_id: str = ""
    s3_key: str = ""
    approvals: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    enrichments: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """The codes of the jobs that failed on the way and were started again."""


@dataclass(slots=True)
class Client:
    portal: Portal
    patience_seconds: float = 360.0
    """For one call, and for a job without any movement: what cannot move is found within 300 s."""
    repeated_calls: int = 0

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return self.patiently(lambda: self.portal.rest.call(method, path, body))

    def patiently(self, action: Callable[[], _T]) -> _T:
        """Repeats what the server could not do at this moment. Raises ApiError for a refusal."""
        deadline = time.monotonic() + self.patience_seconds
        while True:
            try:
                return action()
            except LauncherError as error:
                refused = isinstance(error, ApiError) and error.status < 500
                too_many = isinstance(error, ApiError) and error.status == TOO_MANY_CALLS
                if (refused and not too_many) or time.monotonic() > deadline:
                    raise
            self.repeated_calls += 1
            time.sleep(POLL_SECONDS)

    def define_attributes(self, bodies: list[dict[str, Any]]) -> None:
        for body in bodies:
            self.patiently(partial(self.portal.rest.create_attribute, body))

    def upload(self, file: MadeFile) -> Carried:
        """The file is in S3, and an event is on its way."""
        ticket = self.call("POST", "/uploads/presigned-url", {"fileName": file.path.name})
        self.patiently(
            lambda: self.portal.rest.upload(ticket["uploadUrl"], ticket["headers"], file.path)
        )
        return Carried(file, job_id=ticket["jobId"], s3_key=ticket["s3Key"])

    def wait(self, job_id: str) -> dict[str, Any]:
        """Until the job is final. Raises AssertionError when it does not move."""
        seen: Any = None
        deadline = time.monotonic() + self.patience_seconds
        while True:
            job = self.job(job_id)
            if job["status"] in FINAL:
                return job
            state = (job["status"], job["updatedAt"], job.get("progress"))
            if state != seen:
                seen, deadline = state, time.monotonic() + self.patience_seconds
            assert time.monotonic() < deadline, f"the job is stuck: {job}"
            time.sleep(POLL_SECONDS)

    def job(self, job_id: str) -> dict[str, Any]:
        return self.call("GET", f"/processing-jobs/{job_id}")

    def process(self, carried: Carried) -> None:
        """What a user interface does after an upload; the event that S3 sends means the same."""
        self.unless_refused("POST", "/uploads/process-file", {"s3Key": carried.s3_key})

    def finish_import(self, carried: Carried) -> dict[str, Any]:
        for _ in range(TRIES):
            job = self.wait(carried.job_id)
            if job["status"] != "FAILED":
                break
            carried.failures.append(job["errorCode"])
            self.unless_refused("POST", f"/processing-jobs/{carried.job_id}/reprocess")
        return job

    def approve(self, carried: Carried) -> dict[str, Any]:
        body = {"jobId": carried.job_id}
        return self._ordered("/products/approve", body, carried, carried.approvals)

    def export(self, carried: Carried) -> dict[str, Any]:
        path = f"/processing-jobs/{carried.job_id}/exports"
        return self._ordered(path, {"format": "ndjson"}, carried, carried.exports)

    def enrich(self, carried: Carried) -> dict[str, Any]:
        body = {"filter": {"File": carried.file.name}, "attributes": ["Colour"], "async": True}
        return self._ordered("/products/enrich", body, carried, carried.enrichments)

    def _ordered(
        self, path: str, body: dict[str, Any], carried: Carried, jobs: list[str]
    ) -> dict[str, Any]:
        """Ordered, and done; or failed as often as anyone would try."""
        for _ in range(TRIES):
            answer = self.call("POST", path, body)
            if answer["jobId"] not in jobs:
                jobs.append(answer["jobId"])
            job = self.wait(answer["jobId"])
            if job["status"] != "FAILED":
                break
            carried.failures.append(job["errorCode"])
        return job

    def import_again(self, carried: Sequence[Carried]) -> None:
        """All in one batch, and in another one what a batch that failed left out."""
        attempts = {each.job_id: self.job(each.job_id)["attempt"] for each in carried}
        for _ in range(TRIES):
            left = [job_id for job_id, n in attempts.items() if self.job(job_id)["attempt"] == n]
            if not left:
                break
            answer = self.call("POST", "/processing-jobs/reprocess", {"jobIds": left})
            self.wait(answer["jobId"])
        for each in carried:
            self.finish_import(each)

    def unless_refused(self, method: str, path: str, body: Any = None) -> None:
        """For a call whose earlier try may have been done although it was not answered."""
        try:
            self.call(method, path, body)
        except ApiError as error:
            if error.status != 409:
                raise

    def carry(self, carried: Carried) -> None:
        """From the upload to the products."""
        if self.finish_import(carried)["status"] != "FAILED":
            self.approve(carried)
