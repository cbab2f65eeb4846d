"""A batch of messages: failures are repeated in the call, slow ones hold up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from handlers import batches
from handlers.batches import Record, Unusable, handle_batch


class Queue:
    def __init__(self) -> None:
        self.delays: dict[str, int] = {}
        self.away = False

    def deliver_again(self, receipt_handle: str, seconds: int) -> None:
        if self.away:
            raise ConnectionError("SQS is away")
        self.delays[receipt_handle] = seconds


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setattr(batches, "PAUSES_SECONDS", (0.01,))
    return Queue()


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Set at the end, so that no thread of a test outlives it."""
    event = threading.Event()
    yield event
    event.set()


def message(name: str, received: int = 1) -> dict[str, Any]:
    return {
        "messageId": name,
        "receiptHandle": f"receipt-{name}",
        "body": name,
        "attributes": {"ApproximateReceiveCount": str(received)},
    }


def failures(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_short_outage_is_over_before_the_call_is(queue: Queue) -> None:
    tries: dict[str, int] = {}

    def handle(record: Record) -> None:
        tries[record["body"]] = tries.get(record["body"], 0) + 1
        if tries[record["body"]] < 4:
            raise ConnectionError("the database is away")

    answer = handle_batch([message("a"), message("b")], handle, queue, remaining_seconds=30)

    assert failures(answer) == []
    assert tries == {"a": 4, "b": 4}
    assert queue.delays == {}


def test_a_slow_message_is_given_back_alone_and_the_others_do_not_wait_for_it(
    queue: Queue, released: threading.Event
) -> None:
    done: list[str] = []

    def handle(record: Record) -> None:
        if record["body"] == "slow":
            released.wait(20)
        done.append(record["body"])

    began = time.monotonic()
    answer = handle_batch(
        [message("slow"), message("a"), message("b")],
        handle,
        queue,
        remaining_seconds=batches.GIVING_BACK_SECONDS + 0.5,
    )

    assert failures(answer) == ["slow"]
    assert sorted(done) == ["a", "b"]
    assert queue.delays == {"receipt-slow": 5}
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("received", "seconds"), [(1, 5), (2, 10), (3, 20), (6, 160), (7, 180), (500, 180)]
)
def test_what_fails_comes_back_soon_and_less_often_each_time(
    queue: Queue, received: int, seconds: int
) -> None:
    def handle(record: Record) -> None:
        raise ConnectionError("the database is away")

    answer = handle_batch([message("a", received)], handle, queue, remaining_seconds=5.1)

    assert failures(answer) == ["a"]
    assert queue.delays == {"receipt-a": seconds}


def test_an_unusable_message_is_tried_once(queue: Queue) -> None:
    tries: list[str] = []

    def handle(record: Record) -> None:
        tries.append(record["body"])
        raise Unusable("not JSON")

    assert failures(handle_batch([message("a")], handle, queue, remaining_seconds=30)) == ["a"]
    assert tries == ["a"]


def test_a_queue_that_cannot_be_told_is_no_failure_of_the_others(queue: Queue) -> None:
    queue.away = True

    def handle(record: Record) -> None:
        if record["body"] == "bad":
            raise Unusable("not JSON")

    answer = handle_batch([message("bad"), message("b")], handle, queue, remaining_seconds=30)

    assert failures(answer) == ["bad"]
