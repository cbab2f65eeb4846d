"""Runs on a schedule: starts again or ends the jobs that no longer move. The event is not read."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.job_control.sweeping import sweep_jobs, sweep_slots
from core.jobs.admission import Admission
from core.jobs.records import JobRecord
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.job_metrics import record_end
from handlers.metrics import Metric, record

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    jobs = JobRepository(environment.database())
    sweep = sweep_jobs(
        environment.store(),
        jobs,
        environment.machines(),
        environment.settings(),
        now=now(),
        on_error=_log_unknown,
    )
    started = sweep_slots(
        environment.store(),
        jobs,
        environment.state_machine(),
        environment.settings(),
        now=now(),
    )
    logger.info("Slots swept", extra={"started": started})
    answer: dict[str, Any] = msgspec.to_builtins(sweep)
    logger.info("Jobs swept", extra={name: len(ids) for name, ids in answer.items()})
    for job_id in sweep.failed:
        record_end(jobs, job_id)
    line = Admission(environment.database(), environment.settings()).line()
    record(
        "import",
        {
            Metric.STALLED_JOBS: len(sweep.failed) + len(sweep.started),
            Metric.IMPORTS_IN_LINE: line.length,
            Metric.LINE_AGE_SECONDS: line.age_seconds(now()),
        },
    )
    return answer


def _log_unknown(job: JobRecord, error: Exception) -> None:
    logger.warning(
        "Job could not be looked up; the next sweep tries again",
        extra={"jobId": job.id, "executionArn": job.execution_arn},
        exc_info=error,
    )
