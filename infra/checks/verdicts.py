"""What a judge returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    judge: str
    looked_at: str
    """What was examined, with counts: a judge that looked at nothing has found nothing."""
    findings: tuple[str, ...] = ()
    skipped: str = ""
    """Why the judge could not look, in a sentence; empty when it did."""
