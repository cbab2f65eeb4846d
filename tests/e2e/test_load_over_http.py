"""Many uploads at once: no job gets stuck, what runs at the same time is bounded, and a tiny file
does not wait for large ones. The figures at full size: docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.load import IMPORTS_AT_ONCE, Load, running_load
from tests.memory import GIB

UPLOADS = 16
LARGE_FILES = 3
"""One more than may be imported at once."""
LARGE_ROWS = 27_000
"""Over 4 MiB, up to which a file is a small one."""


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """Not the stack that other modules share: it has other settings than `make up`."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def no_attributes_of_other_modules() -> None:
    return


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    with running_load(tmp_path_factory.mktemp("load"), patience_seconds=180) as load:
        yield load


def test_a_tiny_file_does_not_wait_for_large_ones(load: Load) -> None:
    found = load.beside_large(LARGE_FILES, LARGE_ROWS)

    assert found.large_unfinished or found.beside_seconds < 10
    assert found.beside_seconds < 10 + 10 * found.alone_seconds, "on a machine as busy as this one"


def test_uploads_at_once_all_end_and_few_are_imported_at_the_same_time(load: Load) -> None:
    found = load.many(UPLOADS, 500)

    assert 0 < found.most_running <= IMPORTS_AT_ONCE < UPLOADS
    assert found.most_bytes < 3 * GIB
