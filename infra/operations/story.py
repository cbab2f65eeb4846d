"""The story of one job: its record, its executions and the functions' log lines, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from infra.errors import LauncherError
from infra.local.logs import BOOKKEEPING, METRICS, log_line
from infra.operations.restarts import job_id_of
from infra.operations.target import Target

Line = tuple[float, Text]
"""Moment in seconds, and what happened."""

_ENTERED = "stateEnteredEventDetails"
_ENDED = {
    "ExecutionSucceeded": "green",
    "ExecutionFailed": "red",
    "ExecutionTimedOut": "red",
    "ExecutionAborted": "yellow",
}
_RECORD = (
    ("submittedAt", "submitted"),
    ("processingStartedAt", "claimed by an execution"),
    ("finishedAt", "finished"),
)


LOST = (
    "[yellow]![/] The states of this job's execution are no longer stored. (A local stack forgets "
    "them at `make down`, unless it was started with KEEP=true; AWS after 90 days, and log lines "
    "after the stack's LogRetentionDays.)"
)
GONE = "ExecutionDoesNotExist"


def tell(target: Target, environment: Mapping[str, str], console: Console) -> int:
    job = target.rest.job(job_id_of(environment, "logs"))
    try:
        lines = [*_of_record(job), *_of_execution(target, job), *_of_logs(target, job)]
    except (ClientError, BotoCoreError) as error:
        raise LauncherError(f"The story cannot be read: {error}") from None
    if not any(text.plain.startswith("state ") for _, text in lines) and "executionArn" in job:
        console.print(LOST)
    for moment, text in sorted(lines, key=lambda line: line[0]):
        clock = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        console.print(Text(f"{clock}  ", style="dim").append_text(text), soft_wrap=True)
    if job["status"] == "FAILED":
        console.print(f"[dim]Start it again: make reprocess JOBS={job['_id']}{target.suffix}[/]")
    return 0


def _of_record(job: Mapping[str, Any]) -> Iterator[Line]:
    for field, happened in _RECORD:
        if field in job:
            text = Text(f"{'job':<18} {happened}", style="bold")
            if field == "submittedAt":
                text.append(f": {job['originalFileName']}, {job['type']}")
            elif field == "processingStartedAt":
                text.append(f", attempt {job['attempt']}")
            else:
                text.append(f" {job['status']}: {job.get('errorCode', '')} {job['message']}")
            yield datetime.fromisoformat(job[field]).timestamp(), text


def _of_execution(target: Target, job: Mapping[str, Any]) -> Iterator[Line]:
    """Of the execution that owns the job: states entered, and how it ended."""
    arn = job.get("executionArn")
    if arn is None:
        return
    for event in _history(target, arn):
        moment = event["timestamp"].timestamp()
        if _ENTERED in event:
            yield moment, Text(f"{'state':<18} {event[_ENTERED]['name']}", style="magenta")
        elif event["type"] in _ENDED:
            yield moment, Text(f"{'execution':<18} {event['type']}", style=_ENDED[event["type"]])


def _history(target: Target, arn: str) -> Iterator[Mapping[str, Any]]:
    """Events of the execution; none if it is no longer stored."""
    pages = target.client("stepfunctions").get_paginator("get_execution_history")
    try:
        for page in pages.paginate(executionArn=arn):
            yield from page["events"]
    except ClientError as error:
        if error.response["Error"]["Code"] != GONE:
            raise


def _of_logs(target: Target, job: Mapping[str, Any]) -> Iterator[Line]:
    client = target.client("logs")
    prefix = f"/aws/lambda/{target.stack_name}-"
    begin = int(datetime.fromisoformat(job["submittedAt"]).timestamp() * 1000)
    groups = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    for name in [group["logGroupName"] for page in groups for group in page["logGroups"]]:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=name, startTime=begin, filterPattern=f'"{job["_id"]}"'
        )
        for event in (event for page in pages for event in page["events"]):
            message = event["message"]
            if job["_id"] in message and not _is_beside_the_point(message):
                moment = _moment(message) or event["timestamp"] / 1000
                function = name.removeprefix(prefix)
                yield moment, log_line(function, message, hide=("jobId", "executionArn"))


def _is_beside_the_point(message: str) -> bool:
    """Lines of Lambda itself, and of somebody who watches the job."""
    is_look = '"message":"answered"' in message and '"method":"GET"' in message
    return is_look or message.startswith(BOOKKEEPING)


def _moment(message: str) -> float | None:
    """That of the line itself: an engine may deliver lines late, and all at one time."""
    try:
        record = json.loads(message)
        if METRICS in record:
            return float(record[METRICS]["Timestamp"]) / 1000
        text = record["timestamp"]
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
    except (ValueError, KeyError, TypeError):
        return None
