"""Starts an execution of product-import for each file that the queue names.

Event: a batch of SQS messages, each an S3 event (`schemas/pipeline/import-event.json`).
Answer: the messages that failed, so that the queue delivers only those again and, in the end, to
its dead-letter queue.
"""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.imports.jobs.requests import ImportMessage
from core.imports.jobs.starting import start_import
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.pipeline.edges import checked

logger = Logger()
processor = BatchProcessor(
    event_type=EventType.SQS,
    # A batch in which every message failed is as ordinary as one in which some did.
    raise_on_entire_batch_failure=False,
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = process_partial_response(
        event=event, record_handler=start, processor=processor, context=context
    )
    return dict(answer)


def start(record: SQSRecord) -> None:
    with logger.append_context_keys(messageId=record.message_id):
        try:
            message = ImportMessage.from_event(
                checked("pipeline/import-event", json.loads(record.body))
            )
            begun = start_import(
                environment.store(),
                JobRepository(environment.database()),
                environment.state_machine(),
                environment.settings(),
                message=message,
                now=now(),
            )
        except Exception:
            logger.exception("This message could not be handled; the queue delivers it again")
            raise
        logger.info(
            "Import message handled",
            extra={"outcome": begun.outcome, "jobId": begun.job_id, "execution": begun.name},
        )
