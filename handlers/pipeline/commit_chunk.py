"""State CommitChunk: `{jobId, attempt, executionArn, chunk}` in, `{}` out. Its results are in S3,
since the responses of 10,000 children must fit into one state."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.approvals.chunks import commit_chunk
from core.approvals.model import CommitChunkTask
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, CommitChunkTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt, chunk=task.chunk.index)
    summary = commit_chunk(
        environment.store(), environment.database(), environment.settings(), task
    )
    if summary is None:
        logger.warning("The job is not ours any more; the rest of the chunk is left alone")
    else:
        logger.info("Chunk committed", extra={"counts": msgspec.to_builtins(summary)})
    return {}
