"""Chunks at once in one process: in order, few at a time, and a failure ends it."""

from __future__ import annotations

import threading

import pytest

from core.imports.local_run import side_by_side

PATIENCE_SECONDS = 30


def test_answers_come_in_the_order_of_the_items_whichever_is_done_first() -> None:
    second_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_is_done.wait(PATIENCE_SECONDS)
        if item == 1:
            second_is_done.set()
        return item * 10

    assert list(side_by_side(work, range(5), at_once=2)) == [0, 10, 20, 30, 40]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_more_items_are_worked_on_than_allowed(at_once: int) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1

    list(side_by_side(work, range(50), at_once=at_once))

    assert 1 <= most <= at_once


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_failure_is_raised_in_its_turn_and_nothing_further_is_begun(at_once: int) -> None:
    begun = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 2:
            raise ValueError("the third")
        return item

    answers = side_by_side(work, range(100), at_once=at_once)

    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(answers)
    assert max(begun) <= 2 + at_once + 1
