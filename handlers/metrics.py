"""The metrics of the product: every name, and the one place that writes them.

A metric is a line of the function's log in CloudWatch's embedded metric format, which CloudWatch
turns into a metric without a call. Namespace: `ProductPortal/<stage>`. Dimensions: `service`
(always `product-portal`) and `JobType`, both on every metric, so that a widget names one of five
types or searches over all. The job, the attempt and the chunk are properties of the line: they can
be searched in the logs, and make no further metrics.

A state that is tried again counts again: the metrics show the load, the job records the truth.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

if TYPE_CHECKING:  # functions of columns load nothing of jobs
    from core.jobs.orders import Usage

SERVICE = "product-portal"
NAMESPACE_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"
DEFAULT_NAMESPACE = "ProductPortal/local"

logger = Logger(child=True)


class Metric(StrEnum):
    JOBS_COMPLETED = "JobsCompleted"
    JOBS_COMPLETED_WITH_ISSUES = "JobsCompletedWithIssues"
    JOBS_FAILED = "JobsFailed"
    JOB_SECONDS = "JobSeconds"
    """From the claim of the attempt to its end."""
    QUEUE_AGE_SECONDS = "QueueAgeSeconds"
    """Of a message of the import queue, when a function takes it."""
    LINE_AGE_SECONDS = "LineAgeSeconds"
    """Of the import that has waited longest for a slot; 0 when none waits."""
    IMPORTS_IN_LINE = "ImportsInLine"
    STALLED_JOBS = "StalledJobs"
    """Jobs that the sweep started again or ended, because they no longer moved."""
    FILE_BYTES = "FileBytes"
    CHUNK_SECONDS = "ChunkSeconds"
    ROWS = "Rows"
    VALID_ROWS = "ValidRows"
    INVALID_ROWS = "InvalidRows"
    FAULTS = "Faults"
    PRODUCTS_SAVED = "ProductsSaved"
    PRODUCTS_REJECTED = "ProductsRejected"
    SUGGESTIONS = "Suggestions"
    MODEL_REQUESTS = "ModelRequests"
    MODEL_TOKENS = "ModelTokens"
    SPEND_USD = "SpendUsd"
    """Dollars, by the configured prices; previews and jobs alike, also of jobs that fail."""


_UNITS: Mapping[Metric, MetricUnit] = {
    Metric.JOB_SECONDS: MetricUnit.Seconds,
    Metric.QUEUE_AGE_SECONDS: MetricUnit.Seconds,
    Metric.LINE_AGE_SECONDS: MetricUnit.Seconds,
    Metric.CHUNK_SECONDS: MetricUnit.Seconds,
    Metric.FILE_BYTES: MetricUnit.Bytes,
    Metric.SPEND_USD: MetricUnit.NoUnit,
}


def unit_of(metric: Metric) -> MetricUnit:
    return _UNITS.get(metric, MetricUnit.Count)


def record(
    job_type: str, values: Mapping[Metric, float | Sequence[float]], **properties: Any
) -> None:
    """Write one line with these values. Never raises: a metric must not fail the work that it
    measures."""
    if not values:
        return
    try:
        namespace = os.environ.get(NAMESPACE_VARIABLE) or DEFAULT_NAMESPACE
        metrics = EphemeralMetrics(namespace=namespace, service=SERVICE)
        metrics.add_dimension("JobType", job_type)
        for name, value in properties.items():
            if value is not None:
                metrics.add_metadata(name, value)
        for metric, value in values.items():
            for each in value if isinstance(value, Sequence) else (value,):
                metrics.add_metric(metric.value, unit_of(metric), each)
        metrics.flush_metrics()
    except Exception:
        logger.warning("The metrics could not be written", exc_info=True)


def record_spend(usage: Usage, **properties: Any) -> None:
    """What one call of a function spent at the model's provider."""
    if usage.requests:
        spent = {
            Metric.MODEL_REQUESTS: usage.requests,
            Metric.MODEL_TOKENS: usage.tokens,
            Metric.SPEND_USD: usage.cost_usd,
        }
        record("enrichment", spent, **properties)


def queue_ages(records: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[float]:
    """Seconds that messages of SQS have waited since they were sent."""
    for each in records:
        sent = each.get("attributes", {}).get("SentTimestamp")
        if sent is not None:
            yield max(now.timestamp() - int(sent) / 1000, 0.0)
