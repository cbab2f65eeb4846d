"""Starts an execution of product-import for each file that the queue names.

Event: a batch of SQS messages, each an S3 event (`schemas/pipeline/import-event.json`).
Answer: the messages that failed, so that the queue delivers only those again and, in the end, to
its dead-letter queue.
"""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.imports.jobs.requests import ImportMessage
from core.imports.jobs.starting import ForeignBucket, start_import
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.batches import Record, Unusable, handle_batch
from handlers.edges import checked
from handlers.metrics import Metric, queue_ages, record

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    # made here, once, and not by several threads at a time
    for client in (environment.store, environment.database, environment.state_machine):
        client()
    if ages := list(queue_ages(event["Records"], now())):
        record("import", {Metric.QUEUE_AGE_SECONDS: ages})
    return handle_batch(
        event["Records"],
        start,
        environment.queue(),
        remaining_seconds=context.get_remaining_time_in_millis() / 1000,
    )


def start(record: Record) -> None:
    try:
        given = checked("pipeline/import-event", json.loads(record["body"]))
    except ValueError as error:
        raise Unusable(str(error)) from error
    try:
        begun = start_import(
            environment.store(),
            JobRepository(environment.database()),
            environment.state_machine(),
            environment.settings(),
            message=ImportMessage.from_event(given),
            now=now(),
        )
    except ForeignBucket as error:
        raise Unusable(str(error)) from error
    logger.info(
        "Import message handled",
        extra={
            "messageId": record["messageId"],
            "outcome": begun.outcome,
            "jobId": begun.job_id,
            "execution": begun.name,
        },
    )
