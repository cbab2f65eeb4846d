"""State ValidateChunk: `{jobId, attempt, chunk}` in, `{}` out. Its results are in S3, since the
responses of 10,000 children must fit into one state. No database."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.tasks import ChunkTask, run_chunk_task
from handlers import environment
from handlers.metrics import Metric, record

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, ChunkTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt, chunk=task.chunk.index)
    began = time.monotonic()
    summary = run_chunk_task(environment.store(), environment.settings(), task)
    if summary is None:
        logger.warning("The file is gone")
        return {}
    logger.info(
        "Chunk validated",
        extra={"rows": summary.rows, "valid": summary.valid_rows, "faults": summary.faults},
    )
    record(
        "import",
        {Metric.CHUNK_SECONDS: time.monotonic() - began},
        jobId=task.job_id,
        attempt=task.attempt,
        chunk=task.chunk.index,
    )
    return {}
