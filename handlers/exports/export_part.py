"""State ExportPart: `{jobId, attempt, chunk}` in, `{}` out: what it wrote lies in S3, and the
answers of 10,000 children must fit into one state together."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.exports.model import ExportTask
from core.exports.parts import export_part
from core.products.repository import ProductRepository
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, ExportTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt, chunk=task.chunk.index)
    summary = export_part(
        environment.store(),
        ProductRepository(environment.database()),
        environment.settings(),
        task,
    )
    logger.info("Part exported", extra={"rows": summary.rows, "bytes": summary.bytes})
    return {}
