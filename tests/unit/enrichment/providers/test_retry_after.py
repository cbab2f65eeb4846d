"""How long a provider asks to wait, in each of the ways in which it may say so."""

from datetime import UTC, datetime

import pytest

from core.enrichment.providers.retry_after import retry_after_seconds

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)

SAID = [
    ({"retry-after": "7"}, 7),
    ({"retry-after": " 1.5 "}, 1.5),
    ({"retry-after": "0"}, 0),
    ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
    ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
    ({"retry-after": "Sun, 01 Mar 2026 12:01:30 GMT"}, 90),
    ({"retry-after": "Sun, 01 Mar 2026 13:01:30 +0100"}, 90),
    ({"retry-after": "Sun, 01 Mar 2026 12:01:30 -0000"}, 90),
    ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
    ({"retry-after": "99999999"}, 86_400),
    ({"retry-after": "Mon, 01 Mar 2027 12:00:00 GMT"}, 86_400),
    ({}, None),
    ({"retry-after": ""}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "-5"}, None),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "inf"}, None),
    ({"retry-after": "Sun, 99 Mar 2026 99:01:30 GMT"}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), SAID)
def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, NOW) == seconds
