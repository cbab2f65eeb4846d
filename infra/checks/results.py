"""What a check returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    check: str
    examined: str
    """What was examined, with counts: a check that examined nothing proves nothing."""
    findings: tuple[str, ...] = ()
    skipped: str = ""
    """Why the check could not run, in a sentence; empty when it did."""


def table(results: Sequence[CheckResult]) -> str:
    rows = [("check", "examined", "findings")]
    rows += [(v.check, v.examined, _result(v)) for v in results]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
    for result in results:
        if result.skipped:
            lines += ["", f"{result.check} was skipped. {result.skipped}"]
        if result.findings:
            lines += ["", f"{result.check}:", *(f"  {finding}" for finding in result.findings)]
    return "\n".join(lines)


def _result(result: CheckResult) -> str:
    if result.skipped:
        return "skipped"
    return str(len(result.findings)) if result.findings else "none"
