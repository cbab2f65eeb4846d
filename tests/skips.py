"""What a run of tests left out: each reason once, with the number of tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    where_and_why = report.longrepr
    why = where_and_why[2] if isinstance(where_and_why, tuple) else str(where_and_why)
    return why.removeprefix("Skipped: ")


def lines_of(reasons: Iterable[str]) -> list[str]:
    """The most frequent reason first."""
    return [
        f"{count} test{'' if count == 1 else 's'}: {reason}"
        for reason, count in Counter(reasons).most_common()
    ]


def summarise(reporter: pytest.TerminalReporter) -> None:
    """At the end of a run, behind pytest's own summaries."""
    lines = lines_of(reason_of(report) for report in reporter.getreports("skipped"))
    if lines:
        reporter.section("not tested here, because something is missing")
        for line in lines:
            reporter.write_line(line)
