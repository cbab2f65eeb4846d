"""State FailJob: see `failing_handler`."""

from __future__ import annotations

from typing import Any

from core.clock import now
from core.imports.jobs.closing import fail_job
from core.imports.jobs.requests import ImportRequest
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from handlers.admission import give_slot_back
from handlers.edges import moment
from handlers.failing import failing_handler


def _fail(jobs: JobRepository, event: dict[str, Any], request: ImportRequest) -> Closing:
    return fail_job(
        jobs,
        execution_arn=event["executionArn"],
        execution_started_at=moment(event["startedAt"]),
        request=request,
        error=event["error"],
        now=now(),
    )


handler = failing_handler(
    _fail,
    "Import",
    schema="pipeline/import-execution",
    request=ImportRequest,
    afterwards=give_slot_back,
)
