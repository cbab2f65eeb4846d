"""Time as the product writes it: UTC, to the millisecond, with an offset when shown."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, cut to milliseconds: what a BSON date can hold, so that a value
    just written equals the value read back."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 with offset, e.g. `2026-11-23T20:13:05.120+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
