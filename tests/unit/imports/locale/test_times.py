"""Times as suppliers write them, from the file to the products."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.rules.types.datetime import moments_of
from core.imports.model import ImportOutcome
from core.imports.reading_options import option_faults
from core.outcomes import Refusal
from core.schemas import field_faults
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.locale.locale_kit import read
from tests.unit.imports.table.mapping_kit import imported

AT = attribute("At", "datetime")
DAY = attribute("Day", "date")


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (
            ["13/02/2026 10:30", "01/02/2026 2:05:09 PM", "1/2/2026 12:00 a.m."],
            ["2026-02-13T10:30:00Z", "2026-02-01T14:05:09Z", "2026-02-01T00:00:00Z"],
        ),
        (
            ["2/13/2026, 10:30", "2/1/2026", "2026-02-01T10:30:00.250+02:00"],
            ["2026-02-13T10:30:00Z", "2026-02-01T00:00:00Z", "2026-02-01T08:30:00.250Z"],
        ),
        (
            ["1. März 2026 10:30", "Feb 3, 2026 22:15:00 -0500", "2026-03-01 10:30 UTC"],
            ["2026-03-01T10:30:00Z", "2026-02-04T03:15:00Z", "2026-03-01T10:30:00Z"],
        ),
        (["2026-03-01 10:30:00", "n/a"], ["2026-03-01T10:30:00Z", None]),
    ],
)
def test_times_are_read_as_their_column_writes_them(cells: list[str], values: list[Any]) -> None:
    assert read(AT, *cells)[0] == values


def test_a_time_without_a_zone_is_one_of_the_zone_that_the_upload_names() -> None:
    cells = ["2026-01-01 10:30", "13/07/2026 10:30", "2026-03-01", "2026-07-01 10:30Z"]

    values, outcome, _ = read(AT, *cells, locale={"timeZone": "Europe/Berlin"})

    assert values == [
        *("2026-01-01T09:30:00Z", "2026-07-13T08:30:00Z"),
        *("2026-02-28T23:00:00Z", "2026-07-01T10:30:00Z"),
    ]
    assert isinstance(outcome, ImportOutcome)
    (notice,) = outcome.notices
    assert notice.code == "LOCALE_READ"
    assert "times without a zone in that of Europe/Berlin" in notice.message


def test_without_a_zone_they_are_read_in_utc_and_the_job_says_so() -> None:
    for locale in (None, "auto"):
        values, outcome, _ = read(AT, "2026-03-01 10:30", "2026-03-01T10:30Z", locale=locale)

        assert values == ["2026-03-01T10:30:00Z"] * 2
        assert isinstance(outcome, ImportOutcome)
        (notice,) = outcome.notices
        assert notice.code == "TIME_ZONE_ASSUMED"
        assert 'The time 2026-03-01 10:30 in row 1, column "At"' in notice.message


@pytest.mark.parametrize("cell", ["2026-03-29 02:30", "25.10.2026 02:30", "2026-10-25T02:30:00"])
def test_a_time_that_the_clocks_skip_or_show_twice_is_not_guessed(cell: str) -> None:
    values, outcome, faults = read(AT, cell, locale={"timeZone": "Europe/Berlin"})

    assert values == []
    assert [(fault["code"], fault["value"]) for fault in faults] == [("NOT_A_DATETIME", cell)]
    assert f'"{cell}" does not occur in Europe/Berlin, or occurs twice' in faults[0]["message"]
    assert isinstance(outcome, ImportOutcome)
    assert "TIME_ZONE_ASSUMED" not in {notice.code for notice in outcome.notices}


def test_a_column_whose_order_nothing_decides_is_asked_about() -> None:
    _, refusal, _ = read(AT, "01/02/2026 10:30", "03/03/2026 10:30")

    assert isinstance(refusal, Refusal)
    assert refusal.code == "LOCALE_UNDECIDED"
    assert '"01/02/2026 10:30"' in refusal.message


def test_a_date_takes_midnight_and_refuses_other_times() -> None:
    cells = ["2026-03-01T00:00:00Z", "13.02.2026 00:00", "13.02.2026 10:30", "2026-03-01T12:28:09Z"]

    values, _, faults = read(DAY, *cells)

    assert values == ["2026-03-01", "2026-02-13"]
    assert [fault["row"] for fault in faults] == [3, 4]
    assert all("has a time of day, which a date cannot keep" in f["message"] for f in faults)


@pytest.mark.parametrize(
    "zone", ["Mars/Base", "europe/berlin", "posix/Europe/Berlin", "..", "Etc/"]
)
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    (fault,) = option_faults({"options": {"locale": {"timeZone": zone}}})

    assert fault.field == "options.locale.timeZone"
    assert "give a name such as Europe/Berlin" in fault.message


def test_every_zone_that_is_accepted_can_be_read() -> None:
    zones = [
        zone
        for zone in available_timezones()
        if not option_faults({"options": {"locale": {"timeZone": zone}}})
    ]

    assert len(zones) > 400
    assert not field_faults("reading-options", {"locale": {"timeZone": max(zones, key=len)}})
    for zone in zones:
        assert moments_of(pl.Series(["2026-07-01 12:00"]), zone).item() is not None, zone


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
STYLES = ("%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%d %B %Y %H:%M")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=8),
    st.sampled_from(STYLES),
    st.sampled_from(ZONES),
    st.integers(20, 200),
)
def test_no_time_is_ever_another_one(
    times: list[datetime], style: str, zone: str, chunk_bytes: int
) -> None:
    """Read right as the zone's clocks tell it, or asked about, or a fault."""
    cells = [time.strftime(style) for time in times]

    values, outcome, faults = read(AT, *cells, locale={"timeZone": zone}, chunk_bytes=chunk_bytes)

    if isinstance(outcome, Refusal):
        assert outcome.code == "LOCALE_UNDECIDED"
        assert all(time.day <= 12 for time in times)
        return
    wanted = [at for cell in cells if (at := in_utc(datetime.strptime(cell, style), zone))]
    assert values == wanted
    assert len(faults) == len(cells) - len(wanted)


def in_utc(time: datetime, zone: str) -> str | None:
    """By the standard library; None if the zone does not have the time, or has it twice."""
    both = [time.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    return both[0].strftime("%Y-%m-%dT%H:%M:%SZ") if both[0] == both[1] else None


CELLS = st.sampled_from(
    [
        "",
        "-",
        "13/02/2026 10:30",
        "2026-03-29 02:30",
        "2026-03-01",
        "01/02/2026 1:05 PM",
        "x",
        "1:05",
    ]
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS), max_size=6),
    st.sampled_from([None, "Europe/Berlin"]),
    st.integers(1, 80),
)
def test_chunked_equals_unchunked(
    rows: list[tuple[str, ...]], zone: str | None, chunk_bytes: int
) -> None:
    text = "\n".join(";".join(row) for row in [("At", "Day"), *rows]) + "\n"
    more: dict[str, Any] = {"definitions": (AT, DAY), "locale": {"timeZone": zone}}

    assert imported(text, **more, chunk_bytes=chunk_bytes) == imported(text, **more)
