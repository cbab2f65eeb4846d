"""State FailRestarts: see `failing_handler`."""

from __future__ import annotations

from typing import Any

from core.clock import now
from core.job_control.reprocessing_turns import fail_batch
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from handlers.failing import failing_handler


def _fail(jobs: JobRepository, event: dict[str, Any], request: dict[str, Any]) -> Closing:
    return fail_batch(
        jobs,
        job_id=request["jobId"],
        execution_arn=event["executionArn"],
        error=event["error"],
        now=now(),
    )


handler = failing_handler(
    _fail, "Batch of restarts", schema="pipeline/reprocess-execution", request=dict[str, Any]
)
