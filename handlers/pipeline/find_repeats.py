"""State FindRepeats: `{jobId, attempt}` in, `{chunks}` out: the number of chunks with repeated
unique values. No database."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.task_model import AttemptTask
from core.imports.uniqueness.tasks import run_repeats_task
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, AttemptTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt)
    chunks = run_repeats_task(environment.store(), environment.settings(), task)
    logger.info("Values of the file compared", extra={"chunksWithRepeats": chunks})
    return {"chunks": chunks}
