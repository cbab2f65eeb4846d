"""Definitions × columns → a rule book, which validates a frame of text.

Validation has two passes. A cheap expression per attribute runs over all cells and finds the
suspects; the named rules run over the suspects only. So sentences, regexes and resemblances cost
time per fault, and a cell only costs a cast or a lookup.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.answers import ACCEPTED
from core.attributes.rules.defaults import has_default, with_defaults
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.result import DerivedCells, ValidationResult
from core.attributes.rules.rule import CellRules, Rule
from core.attributes.rules.text_scan import needs_trim
from core.attributes.rules.tidying import (
    NO_FILE,
    SHORTENED_TEXT,
    Doubts,
    Noted,
    doubtful_texts,
    error_cells,
    matching,
    may_need_tidying,
    note,
    tidied,
    tidy_free_text,
)
from core.attributes.rules.types.barcode import BarcodeRules
from core.attributes.rules.types.boolean import BooleanRules
from core.attributes.rules.types.date import DateRules
from core.attributes.rules.types.datetime import WITHOUT_ZONE, DatetimeRules
from core.attributes.rules.types.measure import MeasureRules
from core.attributes.rules.types.number import NumberRules
from core.attributes.rules.types.select import MultipleSelectRules, SingleSelectRules
from core.attributes.rules.types.text import TextRules
from core.attributes.rules.types.url import UrlRules
from core.attributes.rules.whitespace import trimmed
from core.attributes.rules.wording import Suspects, Wording, in_order
from core.outcomes import NoticeCode
from core.settings import Settings


class RuleBook:
    """The compiled rules of one import. Results do not depend on other rows; those of repeated
    texts are cached, within the limits of answers.py and wording.py."""

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

    def validate(self, texts: pl.DataFrame, doubts: Doubts = NO_FILE) -> ValidationResult:
        """Validate raw texts: String columns named by index, null or blanks for an empty cell.
        Columns without an attribute are ignored."""
        prepared, noted = self._prepared(texts, doubts)
        derived = self._derive(prepared, self.attributes)
        suspects = self._suspects(derived, self.attributes)
        if doubts.errors:
            noted += _errors_of_typed(suspects, self.attributes)
        untidy = _untidy(suspects, self.attributes)
        if (
            untidy
        ):  # a typed value with surplus characters is a suspect: validate it again without them
            frame = derived.frame
            for attribute in untidy:
                frame, found = _tidied(frame, suspects.pop(attribute.definition.name), attribute)
                noted += found
            clean = self._derive(frame, untidy)
            derived = DerivedCells(clean.frame, {**derived.answers, **clean.answers})
            suspects |= self._suspects(derived, untidy)
        found_faults = [
            self._compiled[attribute.definition.name].wording.faults(cells_of)
            for attribute in self.attributes
            if (cells_of := suspects.get(attribute.definition.name)) is not None
        ]
        return ValidationResult(
            faults=in_order(found_faults),
            fields=self.attributes,
            derived=derived,
            noted=tuple(noted),
        )

    def _prepared(self, texts: pl.DataFrame, doubts: Doubts) -> tuple[pl.DataFrame, list[Noted]]:
        """The columns that are read, with empty texts as null and free text tidied; and the
        notes."""
        columns = [column for attribute in self.attributes for column in attribute.reads]
        # a reader leaves many small pieces; whole columns save their alignment at every step
        frame = texts.select(columns).rechunk()
        noted: list[Noted] = []
        if doubts.invisible:
            # a default takes the place of a cell that only looks empty
            dense = [a for a in self.attributes if a.is_free_text or has_default(a)]
            for column in (column for attribute in dense for column in attribute.reads):
                tidy, found = tidy_free_text(frame, column)
                frame, noted = (
                    (frame.with_columns(tidy), noted + found) if found else (frame, noted)
                )
        frame, given = with_defaults(frame, self.attributes)
        free = [c for a in self.attributes if a.is_free_text for c in a.reads]
        trims = [column for column in free if needs_trim(frame[column])]  # an empty text does
        typed = [c for a in self.attributes if not a.is_free_text for c in a.reads]
        has_empty = frame.select((pl.col(typed) == "").any()).row(0) if typed else ()
        blanks = [column for column, found in zip(typed, has_empty, strict=True) if found]
        frame = frame.with_columns(
            *(trimmed(pl.col(c)) for c in trims),
            *(pl.when(pl.col(c) != "").then(pl.col(c)) for c in blanks),
            *given,
        )
        if doubts.shortened:
            for attribute in self.attributes:
                if attribute.is_free_text or attribute.definition.type is AttributeType.NUMBER:
                    column = attribute.reads[0]
                    plain = frame[column].str.strip_chars()
                    noted += matching(NoticeCode.DIGITS_LOST, SHORTENED_TEXT, column, plain)
        for attribute in self.attributes:
            if attribute.definition.type is AttributeType.DATETIME:
                column = attribute.reads[0]
                plain = frame[column].str.strip_chars()
                noted += matching(NoticeCode.TIME_ZONE_ASSUMED, WITHOUT_ZONE, column, plain)
        for attribute in self.attributes:
            if attribute.is_free_text:
                is_html = attribute.definition.type is AttributeType.RICH_TEXT
                for column in attribute.reads:
                    noted += doubtful_texts(column, frame[column], doubts, is_html=is_html)
        return frame, noted

    def _derive(self, frame: pl.DataFrame, attributes: Sequence[CellRules]) -> DerivedCells:
        """The columns in which suspects are found; those derived from the given attributes are
        computed again."""
        answers = {a: found for a in attributes if (found := a.answers(frame)) is not None}
        derived = frame.with_columns(
            *(e for a in attributes for e in self._compiled[a.definition.name].derived),
            *(found.accepted.alias(a.name_of(ACCEPTED)) for a, found in answers.items()),
        )
        return DerivedCells(derived, {a.definition.name: found for a, found in answers.items()})

    def _suspects(
        self, derived: DerivedCells, attributes: Sequence[CellRules]
    ) -> dict[str, Suspects]:
        """Of each attribute that has any."""
        frame = derived.frame
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
                answers = derived.answers.get(name)
                found[name] = Suspects(frame, rows, attribute.reads, columns_of[name], answers)
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
    """The expressions of one attribute: building them for every frame costs as much as running them
    over a thousand cells."""

    derived: tuple[pl.Expr, ...]
    suspect: pl.Expr
    wording: Wording


def compile_rules(
    definitions: Sequence[AttributeDefinition], columns: Sequence[Column], settings: Settings
) -> RuleBook:
    """One chain of rules for each attribute that a column (or a pair of columns) feeds, in file
    order; a pair is at the place of its value column. The chunks that one process validates for an
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
            return TextRules(definition, column, settings.long_text_max_characters)
        case AttributeType.MULTIPLE_SELECT:
            return MultipleSelectRules(
                definition,
                column,
                max_shown_characters=settings.fault_value_max_characters,
                max_values=settings.max_list_values,
            )
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
    AttributeType.DATETIME: DatetimeRules,
    AttributeType.URL: UrlRules,
    AttributeType.IMAGE: UrlRules,
    AttributeType.BARCODE: BarcodeRules,
}
"""Types whose rules need nothing but the definition and its column."""


def _columns_by_attribute(cells: pl.DataFrame) -> defaultdict[str, list[str]]:
    """The derived columns of each attribute, which is the part of their names before the last
    mark."""
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for column in cells.columns:
        name, mark, _ = column.rpartition("|")
        if mark:
            columns[name].append(column)
    return columns


def _untidy(suspects: Mapping[str, Suspects], attributes: Sequence[CellRules]) -> list[CellRules]:
    """The typed attributes with a suspect that may be valid once it is tidied. Usually there is
    none, so all texts are checked at once."""
    texts = {
        attribute: [suspects[attribute.definition.name].texts(column) for column in attribute.reads]
        for attribute in attributes
        if not attribute.is_free_text and attribute.definition.name in suspects
    }
    together = [text.rename("") for of_one in texts.values() for text in of_one]
    if not together or not may_need_tidying(pl.concat(together)):
        return [attribute for attribute in texts if attribute.tidies_plain_texts]
    return [
        attribute
        for attribute, of_one in texts.items()
        if attribute.tidies_plain_texts or any(map(may_need_tidying, of_one))
    ]


def _tidied(
    frame: pl.DataFrame, suspects: Suspects, attribute: CellRules
) -> tuple[pl.DataFrame, list[Noted]]:
    """The frame with tidy texts in place of the suspects', and the cells that lost more than the
    blanks around them."""
    noted: list[Noted] = []
    for column in attribute.reads:
        before = suspects.texts(column)
        plain = before.to_frame("text").select_seq(trimmed(pl.col("text"))).to_series()
        after = attribute.tidied(before)
        frame = frame.with_columns(frame[column].clone().scatter(suspects.rows, after))
        differs = after.ne_missing(plain)
        rows, texts = suspects.rows.filter(differs), before.filter(differs)
        noted += note(NoticeCode.INVISIBLE_CHARACTERS, column, rows, texts)
    return frame, noted


def _errors_of_typed(
    suspects: Mapping[str, Suspects], attributes: Sequence[CellRules]
) -> list[Noted]:
    """Spreadsheet errors among values other than free text."""
    return [
        Noted(found.code, found.column, found_in.rows.gather(found.rows), found.first)
        for attribute in attributes
        if not attribute.is_free_text
        and (found_in := suspects.get(attribute.definition.name)) is not None
        for column in attribute.reads
        for found in error_cells(column, tidied(found_in.texts(column)))
    ]
