"""The next batch is made while this one is written: same items, same order, same errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.concurrency import prefetch


def test_items_come_in_their_order_and_each_is_made_before_it_is_asked_for() -> None:
    second_is_made = threading.Event()

    def numbers() -> Iterator[int]:
        yield 0
        second_is_made.set()
        yield from range(1, 50)

    with prefetch(numbers()) as items:
        first = next(items)
        assert second_is_made.wait(30), "nothing is made while the first is in use"
        assert [first, *items] == [*range(50)]


def test_an_empty_run_has_no_items_and_a_falsy_item_is_one() -> None:
    with prefetch(iter(())) as items:
        assert [*items] == []
    with prefetch(iter([0, None, ""])) as items:
        assert [*items] == [0, None, ""]


def test_an_error_is_raised_where_its_item_would_be_taken() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ConnectionError("broken by the test")

    with prefetch(broken()) as items:
        assert next(items) == 1
        with pytest.raises(ConnectionError, match="broken by the test"):
            next(items)


def test_leaving_early_makes_no_more_than_one_item_that_nobody_takes() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with prefetch(numbers()) as items:
        next(items)
    threads = [thread.name for thread in threading.enumerate()]

    assert len(made) <= 2
    assert not any(name.startswith("ahead") for name in threads)
