"""Preparing the next batch while the database is busy with this one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_Item = TypeVar("_Item")


@contextmanager
def one_ahead(items: Iterator[_Item]) -> Iterator[Iterator[_Item]]:
    """The same items in the same order, each made in a thread while its predecessor is in use. At
    most one is waiting. What making an item raises is raised where it would be taken. Leaving the
    block early waits for the item that is being made, and makes no more."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:

        def coming() -> Iterator[_Item]:
            following = pool.submit(_next, items)
            while made := following.result():
                following = pool.submit(_next, items)
                yield made[0]

        yield coming()


def _next(items: Iterator[_Item]) -> tuple[_Item] | None:
    for item in items:
        return (item,)
    return None
