"""The sentences that users read about an approval."""

from __future__ import annotations

from collections.abc import Sequence

from core.jobs.orders import CommitCounts
from core.wording import counted

NAMES_IN_SENTENCE = 5


def outcome(counts: CommitCounts, ignored: Sequence[str], *, dry_run: bool) -> str:
    """What came out, in one or a few sentences."""
    saved = counts.created + counts.updated
    kinds = f"{counts.created:,} new, {counts.updated:,} changed; {counts.unchanged:,} unchanged"
    if dry_run:
        parts = [
            f"Nothing was written; approving would save {counted(saved, 'product')} ({kinds})."
        ]
    else:
        parts = [f"{counted(saved, 'product')} saved ({kinds})."]
    if counts.repeated:
        verb = (
            "repeats the id of a later row, which is used instead"
            if counts.repeated == 1
            else "repeat the ids of later rows, which are used instead"
        )
        parts.append(f"{counted(counts.repeated, 'row')} {verb}.")
    if counts.rejected:
        parts.append(f"{counted(counts.rejected, 'row')} could not be saved; the result says why.")
    return " ".join([*parts, *_not_stored(ignored)])


def _not_stored(ignored: Sequence[str]) -> list[str]:
    if not ignored:
        return []
    names = ", ".join(f"“{name}”" for name in ignored[:NAMES_IN_SENTENCE])
    more = len(ignored) - NAMES_IN_SENTENCE
    rest = f" and {more} more" if more > 0 else ""
    return [f"Not stored, since no attribute has that name any more: {names}{rest}."]


def accepted(file_name: str, rows: int, *, dry_run: bool) -> str:
    if dry_run:
        return f"Counting what approving {counted(rows, 'product')} of “{file_name}” would change."
    return f"{counted(rows, 'product')} of “{file_name}” will be saved."


def results_missing(file_name: str) -> str:
    return (
        f"The imported products of “{file_name}” are no longer stored. "
        "Please reprocess the import, or, if its file is gone as well, upload it again; approve it "
        "then."
    )


def suggestions_missing() -> str:
    return "The suggestions of this job are no longer stored. Please request them again."


def outcome_of_acceptance(counts: CommitCounts, ignored: Sequence[str], *, dry_run: bool) -> str:
    """What came out of accepting suggestions."""
    updated = counted(counts.updated, "product")
    kinds = f"{counts.unchanged:,} had the values already"
    if dry_run:
        parts = [f"Nothing was written; {updated} would be updated; {kinds}."]
    else:
        verb = "was" if counts.updated == 1 else "were"
        parts = [f"{updated} {verb} updated; {kinds}."]
    if counts.rejected:
        rejected = counted(counts.rejected, "product")
        parts.append(f"{rejected} could not be saved; the result says why.")
    return " ".join([*parts, *_not_stored(ignored)])
