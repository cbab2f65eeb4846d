"""Calls side by side, their results in the order of what they were made for."""

import threading
from collections.abc import Generator

import pytest

from core.concurrency import ordered_map


def test_results_come_in_the_order_of_the_items_while_calls_overlap() -> None:
    meeting = threading.Barrier(3, timeout=10)  # breaks unless three calls are under way at once

    def call(item: int) -> int:
        meeting.wait()
        return item * 2

    assert list(ordered_map(call, range(6), in_flight=3)) == [0, 2, 4, 6, 8, 10]


def test_an_error_comes_where_its_result_would_stand() -> None:
    def call(item: int) -> int:
        return 6 // item

    results = ordered_map(call, [1, 2, 0, 3], in_flight=2)

    assert [next(results), next(results)] == [6, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_waits_is_never_begun_once_the_results_are_left() -> None:
    begun: list[int] = []
    may_go_on = threading.Event()

    def call(item: int) -> int:
        begun.append(item)
        if item > 0:
            assert may_go_on.wait(timeout=10)
        return item

    results = ordered_map(call, range(10), in_flight=1, queued=3)
    assert next(results) == 0

    threading.Timer(0.1, may_go_on.set).start()  # leaving waits for what is under way
    assert isinstance(results, Generator)
    results.close()

    assert begun in ([0], [0, 1])
