"""State DecideProposals: `{jobId, attempt}` in, the outcome out. No database."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.proposals.states import run_decide_task
from core.imports.task_model import AttemptTask
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, AttemptTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt)
    decided = run_decide_task(environment.store(), environment.settings(), task)
    counts = {"outcome": decided.outcome, "proposed": decided.proposed}
    logger.info("Proposals decided", extra=counts)
    answer: dict[str, Any] = msgspec.to_builtins(decided)
    return answer
