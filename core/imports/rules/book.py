"""Definitions × columns → a rule book, and the judging of a frame of text by it.

Judging has two passes. A cheap expression per attribute runs over all cells and finds the
suspects; the named rules run over the suspects alone. So the cost of sentences, regexes and
resemblances is paid per fault, and the cost per cell is a cast or a lookup.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.blanks import trimmed
from core.imports.json_lines import Field
from core.imports.model import Column, ColumnRole
from core.imports.rules.barcode import BarcodeRules
from core.imports.rules.boolean import BooleanRules
from core.imports.rules.date import DateRules
from core.imports.rules.defaults import GIVEN, has_default, with_defaults
from core.imports.rules.measure import MeasureRules
from core.imports.rules.number import NumberRules
from core.imports.rules.rule import CellRules, Cells, Rule
from core.imports.rules.select import MultipleSelectRules, SingleSelectRules
from core.imports.rules.text import TextRules
from core.imports.rules.url import UrlRules
from core.imports.rules.value_types import value_type
from core.imports.rules.wording import Suspects, Wording, in_order
from core.imports.text_scan import needs_trim
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one frame."""

    cells: Cells
    faults: pl.DataFrame
    """FAULTS_SCHEMA; at most one per cell, in the order of row and position."""
    fields: tuple[CellRules, ...]

    def products(self) -> list[Field]:
        """The fields of a product, in the order of the columns. Rows with faults have tokens
        without meaning: drop those rows."""
        return [rules.field(self.cells) for rules in self.fields]

    def is_valued(self) -> pl.Series:
        """For each row: does some column that is read hold a text? A default is none."""
        if not self.fields:
            return pl.repeat(value=False, n=self.cells.frame.height, eager=True)
        defaulted = [r.name_of(GIVEN) for r in self.fields if has_default(r)]
        columns = [column for r in self.fields if not has_default(r) for column in r.reads]
        return self.cells.frame.select(
            pl.any_horizontal(
                *(pl.col(column) for column in defaulted),
                *(pl.col(column).is_not_null() for column in columns),
            ).alias("valued")
        ).to_series()


class RuleBook:
    """The compiled rules of one import. Immutable, without any row's data."""

    def __init__(self, attributes: Sequence[CellRules], value_max_characters: int) -> None:
        self.attributes = tuple(attributes)
        self._value_max_characters = value_max_characters

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for attribute in self.attributes for rule in attribute.rules)

    @property
    def headers(self) -> tuple[str, ...]:
        """The attributes that the columns feed, in file order: the keys of a product."""
        return tuple(attribute.definition.name for attribute in self.attributes)

    @property
    def value_types(self) -> dict[str, DataType]:
        """The same attributes, with the types that their values have for analysts."""
        return {a.definition.name: value_type(a.definition) for a in self.attributes}

    def judge(self, texts: pl.DataFrame) -> Judgement:
        """Judge raw texts: String columns named by index, null or blanks for an empty cell.
        Columns that no attribute reads may be there and are not looked at."""
        cells = self._prepared(texts)
        derived = self._derive(cells.frame, self.attributes)
        suspects = self._suspects(derived, self.attributes)
        padded = _padded(suspects, self.attributes)
        if padded:  # blanks around typed values show among the suspects: trim, and look again
            columns = [column for attribute in padded for column in attribute.reads]
            clean = cells.frame.with_columns(trimmed(pl.col(columns)))
            again = self._derive(clean, padded)
            derived = derived.with_columns(again.get_columns())
            suspects = {
                name: cells_of
                for name, cells_of in suspects.items()
                if all(name != attribute.definition.name for attribute in padded)
            }
            suspects |= self._suspects(derived, padded)
        found = [
            self._compiled[attribute.definition.name].wording.faults(cells_of)
            for attribute in self.attributes
            if (cells_of := suspects.get(attribute.definition.name)) is not None
        ]
        return Judgement(cells=Cells(frame=derived), faults=in_order(found), fields=self.attributes)

    def _prepared(self, texts: pl.DataFrame) -> Cells:
        """The columns that are read, empty texts as null, free text trimmed."""
        columns = [column for attribute in self.attributes for column in attribute.reads]
        # a reader leaves many small pieces; whole columns save their alignment at every step
        frame = texts.select(columns).rechunk()
        frame, given = with_defaults(frame, self.attributes)
        free = [
            c for attribute in self.attributes if attribute.is_free_text for c in attribute.reads
        ]
        trims = [column for column in free if needs_trim(frame[column])]
        has_empty = frame.select((pl.all() == "").any()).row(0) if columns else ()
        blanks = [c for c, found in zip(columns, has_empty, strict=True) if found]
        frame = frame.with_columns(
            *(trimmed(pl.col(c)) for c in trims),
            *(pl.when(pl.col(c) != "").then(pl.col(c)) for c in blanks if c not in trims),
            *given,
        )
        return Cells(frame=frame)

    def _derive(self, frame: pl.DataFrame, attributes: Sequence[CellRules]) -> pl.DataFrame:
        compiled = [self._compiled[attribute.definition.name] for attribute in attributes]
        derived = frame.with_columns(e for attribute in compiled for e in attribute.derived)
        structs = [c for c, kind in derived.schema.items() if kind == pl.Struct]
        return derived.unnest(structs) if structs else derived

    def _suspects(
        self, frame: pl.DataFrame, attributes: Sequence[CellRules]
    ) -> dict[str, Suspects]:
        """Of each attribute that has any."""
        masks = frame.select(
            self._compiled[attribute.definition.name].suspect for attribute in attributes
        )
        if not masks.width:
            return {}
        columns_of = _columns_by_attribute(frame)
        every_row = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
        found = {}
        for attribute, mask in zip(attributes, masks.get_columns(), strict=True):
            rows = every_row.filter(mask)
            if len(rows):
                name = attribute.definition.name
                found[name] = Suspects(frame, rows, attribute.reads, columns_of[name])
        return found

    @cached_property
    def _compiled(self) -> dict[str, _Compiled]:
        return {
            attribute.definition.name: _Compiled(
                derived=tuple(attribute.derived()),
                suspect=attribute.suspect().alias(attribute.definition.name),
                wording=Wording(attribute, self._value_max_characters),
            )
            for attribute in self.attributes
        }


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The expressions of one attribute: making them anew for every frame costs as much as running
    them over a thousand cells."""

    derived: tuple[pl.Expr, ...]
    suspect: pl.Expr
    wording: Wording


def compile_rules(
    definitions: Sequence[AttributeDefinition], columns: Sequence[Column], settings: Settings
) -> RuleBook:
    """One chain of rules for each attribute that a column (or a pair of columns) feeds, in file
    order; a pair stands where its value column stands. The chunks that one process judges for an
    import share one book."""
    return _book(tuple(definitions), tuple(columns), settings)


@lru_cache(maxsize=4)
def _book(
    definitions: tuple[AttributeDefinition, ...], columns: tuple[Column, ...], settings: Settings
) -> RuleBook:
    by_name = {definition.name: definition for definition in definitions}
    units = {c.attribute: c for c in columns if c.role is ColumnRole.MEASURE_UNIT}
    attributes = [
        _compile(by_name[column.attribute or ""], column, units, settings)
        for column in columns
        if column.role in (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
    ]
    return RuleBook(attributes, settings.fault_value_max_characters)


def _compile(
    definition: AttributeDefinition,
    column: Column,
    units: Mapping[str | None, Column],
    settings: Settings,
) -> CellRules:
    match definition.type:
        case AttributeType.SHORT_TEXT:
            return TextRules(definition, column, settings.short_text_max_characters)
        case AttributeType.LONG_TEXT | AttributeType.RICH_TEXT:
            return TextRules(definition, column, None)
        case AttributeType.MULTIPLE_SELECT:
            limit = settings.fault_value_max_characters
            return MultipleSelectRules(definition, column, limit)
        case AttributeType.MEASURE:
            is_pair = column.role is ColumnRole.MEASURE_VALUE
            return MeasureRules(definition, column, units.get(definition.name) if is_pair else None)
        case plain:
            return _PLAIN[plain](definition, column)


_PLAIN: Mapping[AttributeType, type[CellRules]] = {
    AttributeType.NUMBER: NumberRules,
    AttributeType.SINGLE_SELECT: SingleSelectRules,
    AttributeType.BOOLEAN: BooleanRules,
    AttributeType.DATE: DateRules,
    AttributeType.URL: UrlRules,
    AttributeType.IMAGE: UrlRules,
    AttributeType.BARCODE: BarcodeRules,
}
"""Types whose rules need nothing but the definition and its column."""


def _columns_by_attribute(cells: pl.DataFrame) -> defaultdict[str, list[str]]:
    """The derived columns of each attribute: what stands before the last mark of their names."""
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for column in cells.columns:
        name, mark, _ = column.rpartition("|")
        if mark:
            columns[name].append(column)
    return columns


def _padded(suspects: Mapping[str, Suspects], attributes: Sequence[CellRules]) -> list[CellRules]:
    """The attributes of typed values that have blanks around a suspect. Mostly there is none, which
    is asked of all texts at once."""
    texts = {
        attribute: [suspects[attribute.definition.name].texts(column) for column in attribute.reads]
        for attribute in attributes
        if not attribute.is_free_text and attribute.definition.name in suspects
    }
    together = [text.rename("") for of_one in texts.values() for text in of_one]
    if not together or not needs_trim(pl.concat(together)):
        return []
    return [attribute for attribute, of_one in texts.items() if any(map(needs_trim, of_one))]
