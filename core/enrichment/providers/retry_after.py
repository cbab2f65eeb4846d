"""Reads how long a provider requests to wait: the header `Retry-After` (RFC 9110, 10.2.3), in
seconds or as a date, or its variant in milliseconds that some providers send."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_SECONDS = 86_400.0
"""A day; longer waits are reduced to it."""


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """None if the header is missing or not valid. `headers` has names in lower case; `now` has a
    time zone."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = (headers.get(name) or "").strip()
        try:
            seconds = float(text) * unit
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return min(seconds, MAX_SECONDS)
    return _until_date((headers.get("retry-after") or "").strip(), now)


def _until_date(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max((date - now).total_seconds(), 0.0), MAX_SECONDS)
