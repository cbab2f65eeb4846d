"""State GatherEvidence: `{jobId, attempt, chunk}` in, `{}` out. Its results are in S3, since the
responses of 10,000 children must fit into one state. No database."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.proposals.states import GatherTask, run_gather_task
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, GatherTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt, chunk=task.chunk.index)
    rows = run_gather_task(environment.store(), environment.settings(), task)
    if rows is None:
        logger.warning("The file is gone")
    else:
        logger.info("Evidence gathered", extra={"rows": rows})
    return {}
