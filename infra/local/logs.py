"""The logs of the functions as one stream; the emulator stores them like CloudWatch Logs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from infra.errors import LauncherError
from infra.local.configuration import STACK_NAME
from infra.local.deployment import client

GROUP_PREFIX = f"/aws/lambda/{STACK_NAME}-"
FIRST_SECONDS = 600
"""How far back the stream begins."""
POLL_SECONDS = 1.0
LEVEL_STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
NOISE = frozenset(
    {
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "cold_start",
        "function_name",
        "function_memory_size",
        "function_arn",
        "function_request_id",
        "correlation_id",
        "xray_trace_id",
        "exception",
        "stack_trace",
    }
)
"""Fields of a structured log record without information on one machine, or shown elsewhere."""

METRICS = "_aws"
"""Field of a line of metrics (`handlers/metrics.py`)."""

BOOKKEEPING = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")


def follow(port: int, console: Console) -> None:
    """Print the lines of the last minutes, then every new one, until interrupted. Raises
    LauncherError when the emulator goes away."""
    logs = client("logs", port)
    since: dict[str, int] = {}
    printed: set[tuple[str, str]] = set()
    begin = int((time.time() - FIRST_SECONDS) * 1000)
    while True:
        try:
            lines = sorted(_events(logs, since, begin), key=lambda line: line[0])
        except (BotoCoreError, ClientError) as error:
            raise LauncherError(f"The logs can no longer be read: {error}") from error
        for moment, group, event_id, message in lines:
            if (group, event_id) not in printed:
                printed.add((group, event_id))
                console.print(_line(moment, group, message), soft_wrap=True)
            # The next look begins with this very millisecond, which may still get lines.
            since[group] = max(since.get(group, 0), moment)
        time.sleep(POLL_SECONDS)


def dump(port: int) -> str:
    """All logs of the functions, as text."""
    lines = sorted(_events(client("logs", port), {}, 0), key=lambda line: line[0])
    return "\n".join(_line(moment, group, message).plain for moment, group, _, message in lines)


def _events(logs: Any, since: dict[str, int], begin: int) -> Iterator[tuple[int, str, str, str]]:
    groups = logs.describe_log_groups(logGroupNamePrefix=GROUP_PREFIX)["logGroups"]
    for name in (group["logGroupName"] for group in groups):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=name, startTime=since.get(name, begin)
        )
        for page in pages:
            for event in page["events"]:
                if not event["message"].startswith(BOOKKEEPING):
                    identity = event.get("eventId") or f"{event['timestamp']} {event['message']}"
                    yield event["timestamp"], name, identity, event["message"]


def _line(moment: int, group: str, message: str) -> Text:
    clock = time.strftime("%H:%M:%S", time.localtime(moment / 1000))
    line = Text(f"{clock} ", style="dim")
    return line.append_text(log_line(group.removeprefix(GROUP_PREFIX), message))


def _metrics(record: Mapping[str, Any]) -> Text:
    """The values of a line of metrics, such as `Rows=1000`."""
    line = Text(f" {'METRIC':<7}", style="dim")
    for directive in record[METRICS]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            values = ", ".join(f"{value:.10g}" for value in record[metric["Name"]])
            line.append(f" {metric['Name']}=", style="dim").append(values, style="default")
    return line


def log_line(function: str, message: str, hide: Sequence[str] = ()) -> Text:
    """One line of a function, with its fields except uninformative ones."""
    line = Text(f"{function:<18}", style="cyan")
    try:
        record = json.loads(message)
        if METRICS in record:
            return line.append_text(_metrics(record))
        level, said = record["level"], record["message"]
    except (ValueError, KeyError, TypeError):
        return line.append(f" {message.rstrip()}", style="default")
    line.append(f" {level:<7}", style=LEVEL_STYLES.get(level, "default"))
    line.append(f" {said}", style="default")
    for name, value in record.items():
        if name not in NOISE and name not in hide and value is not None:
            line.append(f" {name}=", style="dim").append(str(value), style="default")
    if trace := record.get("exception"):
        line.append(f"\n{trace}", style="red")
    return line
