"""Handles a batch of queue messages in parallel, with retries within the call.

Failed messages return to the queue and are delivered again after seconds, instead of after the
queue's visibility timeout, which is for functions that died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Protocol

from aws_lambda_powertools import Logger

logger = Logger(child=True)

Record = Mapping[str, Any]

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Between the tries of one message; the last one repeats."""
GIVING_BACK_SECONDS = 5.0
"""Of a call's time, kept for handing messages back to the queue."""
FIRST_DELAY_SECONDS = 5
LONGEST_DELAY_SECONDS = 180
"""The queue's own visibility timeout."""


class Unusable(ValueError):
    """A message that no repetition can make usable."""


class Visibility(Protocol):
    def deliver_again(self, receipt_handle: str, seconds: int) -> None:
        """Let the queue deliver the message again after so many seconds."""
        ...


def handle_batch(
    records: Sequence[Record],
    handle: Callable[[Record], None],
    queue: Visibility,
    *,
    remaining_seconds: float,
) -> dict[str, Any]:
    """Handle every record; the answer to the queue names those that failed (for a mapping with
    ReportBatchItemFailures). `handle` must be idempotent, also when it runs twice at once."""
    deadline = time.monotonic() + max(remaining_seconds - GIVING_BACK_SECONDS, 0.0)
    pool = ThreadPoolExecutor(max_workers=max(len(records), 1))
    tries = [pool.submit(_handle_until, record, handle, deadline) for record in records]
    wait(tries, timeout=max(deadline - time.monotonic(), 0.0) + 0.1)
    # A thread that hangs is abandoned. If it continues later, it has the effect of a retry.
    pool.shutdown(wait=False, cancel_futures=True)
    failed = [
        record
        for record, tried in zip(records, tries, strict=True)
        if not (tried.done() and not tried.cancelled() and tried.result())
    ]
    for record in failed:
        _give_back(record, queue)
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _handle_until(record: Record, handle: Callable[[Record], None], deadline: float) -> bool:
    """True when the record was handled."""
    for number in range(2**31):
        try:
            handle(record)
            return True
        except Unusable:
            logger.exception("This message is unusable", extra=_named(record))
            return False
        except Exception as error:
            pause = PAUSES_SECONDS[min(number, len(PAUSES_SECONDS) - 1)]
            if time.monotonic() + pause >= deadline:
                logger.exception(
                    "This message could not be handled; the queue delivers it again",
                    extra=_named(record),
                )
                return False
            logger.warning("This message is tried again", extra=_named(record), exc_info=error)
            time.sleep(pause)
    return False


def _give_back(record: Record, queue: Visibility) -> None:
    received = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
    delay = min(FIRST_DELAY_SECONDS * 2 ** min(received - 1, 10), LONGEST_DELAY_SECONDS)
    try:
        queue.deliver_again(record["receiptHandle"], delay)
    except Exception:  # then it comes back when its visibility timeout ends
        logger.warning("The delay could not be set", extra=_named(record), exc_info=True)


def _named(record: Record) -> dict[str, Any]:
    return {"messageId": record["messageId"]}
