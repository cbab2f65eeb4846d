"""What a judge returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    judge: str
    looked_at: str
    """What was examined, with counts: a judge that looked at nothing has found nothing."""
    findings: tuple[str, ...] = ()
    skipped: str = ""
    """Why the judge could not look, in a sentence; empty when it did."""


def table(verdicts: Sequence[Verdict]) -> str:
    rows = [("judge", "looked at", "findings")]
    rows += [(v.judge, v.looked_at, _result(v)) for v in verdicts]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
    for verdict in verdicts:
        if verdict.skipped:
            lines += ["", f"{verdict.judge} did not look. {verdict.skipped}"]
        if verdict.findings:
            lines += ["", f"{verdict.judge}:", *(f"  {finding}" for finding in verdict.findings)]
    return "\n".join(lines)


def _result(verdict: Verdict) -> str:
    if verdict.skipped:
        return "did not look"
    return str(len(verdict.findings)) if verdict.findings else "none"
