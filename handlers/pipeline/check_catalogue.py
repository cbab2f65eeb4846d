"""State CheckCatalogue: takes `{jobId, attempt}`, returns the fan-out over the chunks to validate
again."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.task_model import AttemptTask
from core.imports.uniqueness.tasks import run_catalogue_task
from core.products.unique_values import UniqueValues
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, AttemptTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt)
    planned = run_catalogue_task(
        environment.store(),
        environment.settings(),
        task,
        UniqueValues(environment.database()),
    )
    logger.info(
        "Values compared with the catalogue",
        extra={"mode": planned.mode, "chunksAgain": planned.chunk_count},
    )
    answer: dict[str, Any] = msgspec.to_builtins(planned)
    return answer
