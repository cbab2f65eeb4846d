"""State FailExport: see `failing_handler`."""

from __future__ import annotations

from typing import Any

from core.clock import now
from core.exports.failing import fail_export
from core.exports.model import ExportRequest
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from handlers.failing import failing_handler


def _fail(jobs: JobRepository, event: dict[str, Any], request: ExportRequest) -> Closing:
    return fail_export(
        jobs,
        execution_arn=event["executionArn"],
        request=request,
        error=event["error"],
        now=now(),
    )


handler = failing_handler(
    _fail, "Export", schema="pipeline/export-execution", request=ExportRequest
)
