"""Cells as their rules read them: by the locale of the file, and by the caller's steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import eq

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.compilation import RuleBook
from core.attributes.rules.model import Column
from core.attributes.rules.tidying import Noted
from core.imports.locale.applying import LocalCells, read_locally, with_misread, with_raw_texts
from core.imports.model import Plan, ReadLocale
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


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is done to the cells of some columns."""

    locale: ReadLocale | None
    steps: CompiledSteps | None
    columns: Sequence[Column]
    definitions: Sequence[AttributeDefinition]

    @classmethod
    def of(cls, plan: Plan, book: RuleBook) -> _Reading:
        definitions = tuple(attribute.definition for attribute in book.attributes)
        steps = None
        if plan.value_steps:
            steps = compiled_steps(plan.value_steps, plan.columns, definitions)
        return cls(plan.locale, steps, plan.columns, definitions)

    @property
    def rewritten_alone(self) -> list[int]:
        """The columns of which every cell is rewritten, by nothing but its own text."""
        locale, steps = self.locale or ReadLocale(), self.steps or CompiledSteps()
        pairs = {c.index for m in steps.converted if m.unit for c in m.columns}
        every = {
            *(form.column for form in locale.formats),
            *locale.booleans,
            *(column.index for column in (*steps.before_locale, *steps.after_locale)),
            *(measure.value.index for measure in steps.converted),
        }
        return sorted(every - pairs)

    def where(self, wanted: Callable[[int], bool]) -> _Reading:
        """The same for some columns."""
        locale = None if self.locale is None else self.locale.where(wanted)
        steps = None if self.steps is None else self.steps.where(wanted)
        return replace(self, locale=locale, steps=steps)

    def read(self, texts: pl.DataFrame) -> ReadCells:
        local = stepped = None
        if self.steps is not None:
            stepped = before_locale(texts, self.steps)
            texts = stepped.frame
        if self.locale is not None:
            local = read_locally(texts, self.locale, self.columns, self.definitions)
            texts = local.frame
        if stepped is not None and self.steps is not None:
            stepped.frame = texts
            after_locale(stepped, self.steps)
            texts = stepped.frame
        return ReadCells(texts, local, stepped)


def read_cells(texts: pl.DataFrame, plan: Plan, book: RuleBook) -> ReadCells:
    """`texts` are as in the file, columns that the mapping joins as one. Where the texts of a
    column repeat, each different one is read once."""
    reading = _Reading.of(plan, book)
    repeated = {}
    for index in reading.rewritten_alone:
        cells = texts[str(index)]
        distinct = cells.drop_nulls().unique(maintain_order=True)
        if len(distinct) * 2 <= len(cells):
            repeated[index] = distinct
    found = reading.where(lambda index: index not in repeated).read(texts)
    for index, distinct in repeated.items():
        if len(distinct):
            once = reading.where(partial(eq, index)).read(distinct.to_frame())
            found = _with_repeated(found, once, index, distinct)
    return found


def _with_repeated(found: ReadCells, once: ReadCells, index: int, distinct: pl.Series) -> ReadCells:
    """The rows, with one more column, of which each text was read `once`."""
    name = str(index)
    places = found.frame[name].cast(pl.Enum(distinct), strict=False).to_physical()

    def rows_of(rows: pl.Series) -> pl.Series:
        mask = pl.zeros(len(distinct), pl.Boolean, eager=True).scatter(rows, values=True)
        return mask.gather(places).fill_null(value=False).arg_true()

    def in_rows(noted: Iterable[Noted]) -> tuple[Noted, ...]:
        return tuple(replace(one, rows=rows_of(one.rows)) for one in noted)

    frame = found.frame.with_columns(once.frame[name].gather(places).alias(name))
    local, stepped = found.local, found.stepped
    if local is not None and once.local is not None:
        local = LocalCells(
            frame,
            (*local.misread, *((form, rows_of(rows)) for form, rows in once.local.misread)),
            (*local.noted, *in_rows(once.local.noted)),
            tuple(sorted({*local.rewritten, *once.local.rewritten})),
        )
    if stepped is not None and once.stepped is not None:
        for done in once.stepped.done.get(index, ()):
            stepped.done[index].append(done.gather(places))
        stepped.noted += in_rows(once.stepped.noted)
        stepped.unconverted += [
            (measure, reasons.gather(places)) for measure, reasons in once.stepped.unconverted
        ]
        stepped.frame = frame
    return ReadCells(frame, local, stepped)
