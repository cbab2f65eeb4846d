"""The history that a product carries: its newest entries; the rest goes to S3."""

from datetime import UTC, datetime
from typing import Any

from core.products.history.entries import (
    ENTRIES_KEPT,
    ENTRY_MAX_BYTES,
    appended,
    changed_values,
    new_entry,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def entry(revision: int, before: dict[str, Any]) -> Any:
    return new_entry(
        "p1", revision=revision, at=NOW, by="me", did="updated", job_id=None, before=before
    )


def test_an_entry_has_the_earlier_values_of_what_changed() -> None:
    before = changed_values({"a": 1, "b": 2, "d": None}, {"a": 1, "b": 3, "c": 4, "d": None})

    made, stored = entry(7, before)

    assert made["before"] == {"b": 2, "c": None}
    assert stored == []


def test_large_earlier_values_are_stored_apart() -> None:
    made, (stored,) = entry(7, {"text": "x" * ENTRY_MAX_BYTES})

    assert "before" not in made
    assert made["stored"] == stored.name
    assert stored.content == {"text": "x" * ENTRY_MAX_BYTES}


def test_the_older_half_of_the_entries_is_archived_when_there_is_no_more_room() -> None:
    entries = [entry(n, {"a": n})[0] for n in range(1, ENTRIES_KEPT + 2)]

    assert appended("p1", entries[: ENTRIES_KEPT - 1], entries[-1]) == (ENTRIES_KEPT, [])
    kept, (archived,) = appended("p1", entries[:-1], entries[-1])

    assert archived.content + entries[-kept:] == entries
