"""Cells as their rules read them: by the locale of the file, and by the caller's steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.attributes.rules.compilation import RuleBook
from core.attributes.rules.tidying import Noted
from core.imports.locale.applying import LocalCells, read_locally, with_misread, with_raw_texts
from core.imports.model import Plan
from core.imports.steps.applying import SteppedCells, after_locale, before_locale, with_unconverted
from core.imports.steps.changes import changed_cells
from core.imports.steps.compiling import CompiledSteps, compiled_steps


@dataclass(frozen=True, slots=True)
class ReadCells:
    """Rows that may differ from the file."""

    frame: pl.DataFrame
    local: LocalCells | None
    stepped: SteppedCells | None

    @property
    def noted(self) -> tuple[Noted, ...]:
        return (
            *(self.local.noted if self.local else ()),
            *(self.stepped.noted if self.stepped else ()),
        )

    def with_faults(
        self, faults: pl.DataFrame, raw: pl.DataFrame, headers: Sequence[str], limit: int
    ) -> pl.DataFrame:
        """The faults of these cells, quoting those of the file (`raw`), and the faults of cells
        that cannot be read or changed as they should."""
        rewritten = {
            *(self.local.rewritten if self.local else ()),
            *(self.stepped.done if self.stepped else ()),
        }
        faults = with_raw_texts(faults, self.frame, rewritten, raw, limit)
        if self.stepped is not None:
            faults = with_unconverted(faults, self.stepped, raw, headers, limit)
        if self.local is not None:
            faults = with_misread(faults, self.local, raw, headers, limit)
        return faults

    def changes(self, raw: pl.DataFrame) -> pl.DataFrame:
        """Of `changed_cells`, in comparison with the file."""
        return changed_cells(self.stepped, raw) if self.stepped else pl.DataFrame()


def read_cells(texts: pl.DataFrame, plan: Plan, book: RuleBook) -> ReadCells:
    """`texts` are as in the file, columns that the mapping joins as one."""
    definitions = tuple(attribute.definition for attribute in book.attributes)
    steps, stepped = CompiledSteps(), None
    if plan.value_steps:
        steps = compiled_steps(plan.value_steps, plan.columns, definitions)
        stepped = before_locale(texts, steps)
        texts = stepped.frame
    local = None
    if plan.locale is not None:
        local = read_locally(texts, plan.locale, plan.columns, definitions)
        texts = local.frame
    if stepped is not None:
        stepped.frame = texts
        after_locale(stepped, steps)
        texts = stepped.frame
    return ReadCells(texts, local, stepped)
