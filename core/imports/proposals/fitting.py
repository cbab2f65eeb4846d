"""One column of a proposal, and how well types fit its cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import Locale
from core.imports.locale.dates import date_format
from core.imports.locale.numbers import number_format
from core.imports.locale.times import time_format
from core.imports.model import ColumnFormat, ValueKind
from core.imports.proposals.candidates import chosen_name, rules_of
from core.imports.proposals.evidence import ColumnEvidence, Fit
from core.settings import Settings

_T = AttributeType
_WRITTEN_IN_MANY_WAYS = (_T.NUMBER, _T.MEASURE, _T.DATE, _T.DATETIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One column, or the two of a measure."""

    header: str
    evidence: ColumnEvidence
    given: Locale
    settings: Settings
    in_workbook: bool = False
    has_signs: bool = False
    """A format shows signs beside numbers: their text depends on the type."""
    shows_texts: bool = False
    """A format shows numbers as texts, which a number would lose."""
    is_pair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A type for a column, with its settings and the reason for it."""

    type: AttributeType
    confidence: float
    reason: str
    fit: Fit = field(default_factory=Fit)
    fields: dict[str, Any] = field(default_factory=dict)
    """Options, unit, limits: as in a body of `POST /attributes`."""
    name: str | None = None
    """Where it is not the header."""


def best_fits(asked: Asked) -> Iterator[tuple[AttributeType, Fit]]:
    """The typed candidates, as the column would be read."""
    evidence, dates = asked.evidence, 0
    for kind in _WRITTEN_IN_MANY_WAYS:
        form = form_of(asked, kind)
        if isinstance(form, tuple):
            continue
        fit = evidence.fit(chosen_name(kind, form))
        if kind is _T.DATE:
            dates = fit.cells
        if kind is not _T.DATETIME or fit.cells > dates:  # every date is a time as well
            yield kind, fit
    for kind in (_T.BOOLEAN, _T.BARCODE, _T.URL):
        yield kind, evidence.fit(kind.value)


def form_of(asked: Asked, kind: AttributeType) -> ColumnFormat | tuple[str, ...] | None:
    """The format in which an import would read the column: None if as it stands, a tuple of cells
    if no cell decides between two ways."""
    evidence, given = asked.evidence, asked.given
    if kind is _T.DATE:
        return date_format(evidence.dates, 0, given.date_order)
    if kind is _T.DATETIME:
        return time_format(evidence.times, 0, given)
    seen = evidence.numbers if kind is _T.NUMBER else evidence.measures
    value_kind = ValueKind.NUMBER if kind is _T.NUMBER else ValueKind.MEASURE
    return number_format(seen, 0, value_kind, given.decimal_sign, in_workbook=asked.in_workbook)


def whole_fit(asked: Asked, kind: AttributeType) -> Fit | None:
    """If all cells fit as the import would read the column."""
    form = form_of(asked, kind) if kind in _WRITTEN_IN_MANY_WAYS else None
    if isinstance(form, tuple):
        return None
    fit = asked.evidence.fit(chosen_name(kind, form))
    return fit if 0 < fit.cells == asked.evidence.typed_cells else None


def confidence_by_cells(cells: int) -> float:
    """That of a type which this many cells fit, and no cell contradicts."""
    return as_confidence(1 - 0.5 / max(cells, 1))


def as_confidence(part: float) -> float:
    """Two digits from 0 to 0.99: a proposal is never certain."""
    return round(min(max(part, 0.0), 0.99), 2)


def all_fit(definition: AttributeDefinition, texts: list[str], settings: Settings) -> bool:
    """Whether none of the texts is a fault by the rules of the attribute."""
    frame = pl.DataFrame({"0": texts}, schema={"0": pl.String})
    return not rules_of(definition, settings).validate(frame).faults.height
