"""State FailCommit: see `failing_handler`."""

from __future__ import annotations

from typing import Any

from core.approvals.closing import fail_commit
from core.approvals.model import CommitRequest
from core.clock import now
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from handlers.failing import failing_handler


def _fail(jobs: JobRepository, event: dict[str, Any], request: CommitRequest) -> Closing:
    return fail_commit(
        jobs,
        execution_arn=event["executionArn"],
        request=request,
        error=event["error"],
        now=now(),
    )


handler = failing_handler(
    _fail, "Approval", schema="pipeline/commit-execution", request=CommitRequest
)
