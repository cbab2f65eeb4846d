"""What is proposed for a file: written as JSON, shown by REST and by the command line."""

from __future__ import annotations

from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column
from core.file_format import DetectedFormat, Locale, ReadingOptions
from core.imports.proposals.evidence import Cell
from core.outcomes import Notice


class Alternative(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A type that many cells have, but not all."""

    type: str
    cells: int
    """That fit."""
    share: float
    """Of the cells with a value, 0 to 1."""
    misfits: tuple[Cell, ...]
    attribute: dict[str, Any] | None = None
    """A body of `POST /attributes`, where all but a few cells fit: often those few are mistakes."""
    faulty_rows: int | None = None
    """Of the file, by this attribute."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    cells: int
    """With a value."""
    blanks: int
    """Empty ones, in rows that are not blank."""
    share: float
    """Of the cells with a value, those that fit the proposal: always 1."""
    distinct: int | None = None
    """Different texts; None for more than are counted."""
    longest: int
    """Characters."""
    is_unique: bool = False
    """No text comes again."""
    may_be_required: bool = False
    """No cell is empty, in at least ten rows."""
    low: float | None = None
    high: float | None = None
    """Of numbers."""
    decimals: int | None = None
    units: dict[str, int] = msgspec.field(default_factory=dict)
    """Unit → cells."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One attribute."""

    header: str
    column: int
    """1 is the first column."""
    unit_header: str | None = None
    """Of the column with the units, where a measure has two columns."""
    unit_column: int | None = None
    attribute: dict[str, Any]
    """A body of `POST /attributes`."""
    confidence: float
    """0 to 1."""
    reason: str
    evidence: Evidence
    alternatives: tuple[Alternative, ...] = ()

    @property
    def name(self) -> str:
        name: str = self.attribute["name"]
        return name


class LeftOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A column for which nothing is proposed."""

    header: str
    column: int
    attribute: str | None = None
    """That it feeds already."""
    reason: str


class Proposals(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """With these attributes and options, no cell of the file is a fault."""

    file_name: str
    rows: int
    """Not blank."""
    format: DetectedFormat
    options: ReadingOptions
    """To validate the file with."""
    proposals: tuple[Proposal, ...]
    """In the order of the columns."""
    left_out: tuple[LeftOut, ...]
    notices: tuple[Notice, ...]
    """About the file."""


def proposals_to_json(found: Proposals) -> dict[str, Any]:
    """As they are stored and shown: what has no value is absent."""
    shown: dict[str, Any] = _without_nulls(msgspec.to_builtins(found))
    return shown


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list | tuple) else value


class ProposalPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the tasks need beside the plan of the import; see `planning.py`."""

    columns: tuple[Column, ...]
    """As the existing attributes match them."""
    asked: tuple[int, ...]
    """The columns for which something is proposed."""
    pairs: dict[int, int]
    """Columns of values → columns that may hold their units."""
    locale: Locale
    options: ReadingOptions
    existing: tuple[AttributeDefinition, ...]
