"""Times in UTC, to the millisecond, with an offset when shown."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, truncated to milliseconds. A BSON date holds no more, so a value
    equals the one that is read back."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 with offset, e.g. `2026-11-23T20:13:05.120+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
