"""The record of the last writes of a product: `_written`, which is never shown.

`ordered` is the time at which the last write was requested. A call writes at once; an approval by a
job writes minutes later. It shows a job that a product was written after the job's order, by an
edit or by a later order, and must not be overwritten.

`marks` name the last few writes, the newest at the end. A repeated task, or a bulk write that does
not know which of its updates matched, recognises its own writes by their marks, whatever others
wrote since, and does not repeat them. A deletion leaves the marks in `deletions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.products.fields import ID, REVISION, UPDATED_AT

WRITTEN = "_written"
ORDERED = f"{WRITTEN}.ordered"
MARKS = f"{WRITTEN}.marks"

MARKS_KEPT = 5
"""More later writes than these hide a write from the task that repeats it. It then cannot know
whether it wrote (`hides_writes`), reports a conflict, and overwrites nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a job, which writes later than it is requested."""

    id: str
    at: datetime
    """When the call was answered."""
    attempt: int
    overwrites: bool = False
    """Whether later changes are overwritten as well."""

    def mark(self, row: int) -> str:
        return f"{self.id}/{self.attempt}/{row}"

    def gives_way_to(self, document: Mapping[str, Any]) -> bool:
        """The product was written after the order by somebody else, or in the same millisecond.
        For products older than the marks, `updatedAt` is used."""
        ordered = ordered_of(document) or document.get(UPDATED_AT)
        if self.overwrites or ordered is None or ordered < self.at:
            return False
        return not (ordered == self.at and self._wrote_last(document))

    def _wrote_last(self, document: Mapping[str, Any]) -> bool:
        marks = marks_of(document)
        return bool(marks) and marks[-1]["by"].startswith(f"{self.id}/")


def marks_of(remembered: Mapping[str, Any]) -> list[dict[str, str]]:
    """Of a product, or of what its deletion left; the newest at the end."""
    marks: list[dict[str, str]] = remembered.get(WRITTEN, {}).get("marks", [])
    return marks


def ordered_of(remembered: Mapping[str, Any]) -> datetime | None:
    """When the last write was ordered; None for products of before there were marks."""
    ordered: datetime | None = remembered.get(WRITTEN, {}).get("ordered")
    return ordered


def as_seen(product: Mapping[str, Any]) -> dict[str, Any]:
    """Finds the product only while nothing was written to it since it was read. A write that
    changes no value counts no revision, but it was ordered at another moment."""
    return {
        ID: product[ID],
        REVISION: product.get(REVISION),
        ORDERED: ordered_of(product),
    }


def new_mark(by: str, did: str) -> dict[str, str]:
    """`did` is the outcome of the write."""
    return {"by": by, "did": did}


def own_outcome(remembered: Mapping[str, Any], by: str) -> str | None:
    """The outcome of the write with this mark, if it is still recorded."""
    for mark in reversed(marks_of(remembered)):
        if mark["by"] == by:
            return mark["did"]
    return None


def hides_writes(remembered: Mapping[str, Any], since: str | None) -> bool:
    """Whether marks are missing of the writes since the one with the mark `since`, which was the
    newest then (None: the product had no mark)."""
    marks = [mark["by"] for mark in marks_of(remembered)]
    return len(marks) == MARKS_KEPT and since not in marks


def newest_mark(remembered: Mapping[str, Any]) -> str | None:
    marks = marks_of(remembered)
    return marks[-1]["by"] if marks else None
