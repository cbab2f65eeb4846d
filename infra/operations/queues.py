"""The import queue: its dead letters, and pausing what takes messages from it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from core.wording import counted
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.local.intake import set_intake
from infra.operations.target import Target

RECEIVED_AT_ONCE = 10
HIDDEN_SECONDS = 60
"""Messages that are being moved or shown are hidden from others so long."""
DRAIN_SECONDS = 3600
POLL_SECONDS = 2.0


def redrive_dead_letters(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Show the dead letters; with YES=1 move them back to the import queue."""
    move = is_set(environment, "YES")
    client = target.client("sqs")
    seen: dict[str, str] = {}
    """Receipt handles by message."""
    moved = 0
    while messages := _receive(client, target.dead_letter_queue_url, seen):
        for message in messages:
            console.print(f"[yellow]•[/] {escape(_described(message))}")
            if move:  # sent before it is deleted: a message may come twice, and is never lost
                client.send_message(QueueUrl=target.queue_url, MessageBody=message["Body"])
                _delete(client, target, message)
                moved += 1
    if not move:
        _show_again(client, target, seen)
    if not seen:
        console.print("There is no dead letter.")
    elif move:
        console.print(f"{counted(moved, 'message')} moved back to the import queue.")
        console.print(f"[dim]Watch what becomes of them: make jobs{target.suffix}[/]")
    else:
        console.print(f"{counted(len(seen), 'dead letter')}; nothing was moved.")
        console.print(
            f"[dim]Mend the cause, then move them back: make redrive-dlq YES=1{target.suffix}[/]"
        )
    return 0


def _receive(client: Any, url: str, seen: dict[str, str]) -> list[dict[str, Any]]:
    """The next messages that were not seen yet; empty at the end of the queue."""
    answer = client.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=RECEIVED_AT_ONCE,
        VisibilityTimeout=HIDDEN_SECONDS,
        WaitTimeSeconds=1,
        AttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
    )
    fresh = [m for m in answer.get("Messages", ()) if m["MessageId"] not in seen]
    for message in fresh:
        seen[message["MessageId"]] = message["ReceiptHandle"]
    return fresh


def _delete(client: Any, target: Target, message: Mapping[str, Any]) -> None:
    client.delete_message(
        QueueUrl=target.dead_letter_queue_url, ReceiptHandle=message["ReceiptHandle"]
    )


def _show_again(client: Any, target: Target, seen: dict[str, str]) -> None:
    """Make messages that were only read visible again at once."""
    for handle in seen.values():
        client.change_message_visibility(
            QueueUrl=target.dead_letter_queue_url,
            ReceiptHandle=handle,
            VisibilityTimeout=0,
        )


def _described(message: Mapping[str, Any]) -> str:
    sent = message.get("Attributes", {}).get("SentTimestamp")
    moment = "" if sent is None else time.strftime("%Y-%m-%d %H:%M", time.gmtime(int(sent) / 1000))
    try:
        detail = json.loads(message["Body"])["detail"]
        what = f"{detail['bucket']['name']}/{detail['object']['key']}"
    except (ValueError, KeyError, TypeError):
        what = f"not an upload event: {message['Body'][:200]}"
    return f"{moment}  {what}"


def drain(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Take no further messages from the import queue, and wait until no job is left unfinished."""
    _set_intake(target, enabled=False)
    console.print("The intake is paused: uploads wait in the queue, and none is lost.")
    deadline = time.monotonic() + DRAIN_SECONDS
    left = -1
    while True:
        answer = target.rest.call("GET", "/processing-jobs?status=PROCESSING&limit=1")
        running = answer["pagination"]["totalItems"]
        if running != left:
            console.print(f"{counted(running, 'job')} still running")
            left = running
        if not running:
            break
        if time.monotonic() > deadline:
            raise LauncherError(
                f"{counted(running, 'job')} still run after {DRAIN_SECONDS // 60} minutes. Stop "
                f"them by `make stop JOB=…{target.suffix}`, or wait by the same command again."
            )
        time.sleep(POLL_SECONDS)
    console.print("Drained: nothing runs.")
    console.print(f"[dim]Take up the work again: make resume{target.suffix}[/]")
    return 0


def resume(target: Target, environment: Mapping[str, str], console: Console) -> int:
    _set_intake(target, enabled=True)
    console.print("The intake is open again: what waited in the queue is imported now.")
    return 0


def _set_intake(target: Target, *, enabled: bool) -> None:
    if not set_intake(target.client("lambda"), target.stack_name, enabled=enabled):
        name = target.stack_name
        raise LauncherError(f"The stack {name} has no function that takes messages from the queue.")
