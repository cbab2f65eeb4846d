"""Which record holds the headers, and which attribute each column feeds.

Shared by text files and workbooks. Source of the rules: the REST contract, "`name` is matched,
exactly, against a file's column header" and "two columns `<Name>Value` and `<Name>Unit` are read
as the measure `<Name>`".
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.attributes.naming import attribute_id
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.errors import FileRefused
from core.file_format import ERRORS_HEADER, ReadingOptions, RecognisableProfile
from core.imports.recognition import recognise
from core.imports.table.header_rows import CountNames, best_header
from core.imports.table.known_headers import KnownHeaders, Match, Meaning
from core.imports.table.mapping import (
    constant_columns,
    matched_otherwise,
    missing_headers,
    with_joined,
)
from core.outcomes import Notice, RefusalCode
from core.settings import Settings
from core.wording import can_be_raised

HEADER_CANDIDATES = 20
"""Records looked at for the header: titles, remarks and blank lines precede real tables."""

RESEMBLANCE = 0.75
"""difflib ratio from which a name is suggested: one or two typing errors in a usual name."""
HINTED_HEADER_MAX_CHARACTERS = 100
HINTED_HEADERS_MAX = 200
"""Comparing each header with each attribute is the one quadratic step here, so it ends."""
SHOWN_CHARACTERS = 60
_NO_OPTIONS = ReadingOptions()


def choose_header_row(
    records: Sequence[Sequence[str]],
    definitions: Sequence[AttributeDefinition],
    options: ReadingOptions,
    profiles: Sequence[RecognisableProfile] = (),
) -> int:
    """Index of the record that holds the headers.

    `records` are the first records of the file (or sheet), blank ones included: HEADER_CANDIDATES
    of them, or `options.header_row` if that is more, or all there are. It is the row that the
    caller names; else the one that `best_header` finds.

    Raises FileRefused: INVALID_OPTIONS for a header row below 1, HEADER_ROW_MISSING when the
    named row is blank or not there. Raises ProfileRecognised if one of the profiles remembers the
    headers.
    """
    recognise(records[:HEADER_CANDIDATES], profiles)
    if options.header_row is not None:
        return _named_header_row(records, options.header_row)
    return best_header(records[:HEADER_CANDIDATES], names_counter(definitions, options))


def names_counter(
    definitions: Sequence[AttributeDefinition], options: ReadingOptions
) -> CountNames:
    """Counts the distinct attributes that the cells of a record name."""
    known = KnownHeaders(definitions, options)
    return lambda record: _attributes_in(record, known)


@dataclass(frozen=True, slots=True)
class MatchedColumns:
    """What the headers of a table mean."""

    columns: tuple[Column, ...]
    """One per header, in file order."""
    missing_required: tuple[str, ...]
    """Required attributes that nothing feeds, in the order of the definitions."""
    constants: tuple[Column, ...] = ()
    """Columns that the file does not have: every cell holds the constant of the mapping, which is
    the default of the attribute."""
    notices: tuple[Notice, ...] = ()


def match_columns(
    headers: Sequence[str],
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
    options: ReadingOptions = _NO_OPTIONS,
) -> MatchedColumns:
    """What each column is for.

    Headers are compared as `known_headers.py` describes. A measure `Weight` is fed by `Weight` or
    `WeightValue`, with or without `WeightUnit`, which may also be written `Weight Unit` or
    `weight-unit`; an attribute of just that name goes first, and a unit without a column of
    values is ignored. A repeated header that feeds nothing is merely ignored.

    Raises FileRefused: TOO_MANY_COLUMNS, MAPPING_INVALID, and DUPLICATE_HEADER when two columns
    feed one attribute.
    """
    if len(headers) > settings.max_columns:
        raise FileRefused(
            RefusalCode.TOO_MANY_COLUMNS,
            f"The file has {len(headers):,} columns; at most {settings.max_columns:,} can be "
            "imported. Remove the columns that are not needed. "
            f"{can_be_raised('max_columns')}",
        )
    known = KnownHeaders(definitions, options)
    names = [trim(header) for header in headers]
    matches = known.of(names)
    columns = with_joined(_columns(names, matches, known), known)
    _refuse_double_feeding(columns)
    constants = constant_columns(columns, known, definitions, settings)
    fed = {column.attribute for column in (*columns, *constants)}
    missing = tuple(d.name for d in definitions if d.is_required and d.name not in fed)
    notices = [*matched_otherwise(columns, matches), *missing_headers(columns, known)]
    return MatchedColumns(_with_hints(columns, known.exact), missing, constants, tuple(notices))


def _attributes_in(record: Sequence[str], known: KnownHeaders) -> int:
    """How many distinct attributes the record's cells name."""
    found = (known.get(trim(cell)) for cell in record)
    return len({meaning.attribute for meaning in found if meaning is not None})


def _columns(
    names: Sequence[str], matches: Sequence[Match | None], known: KnownHeaders
) -> list[Column]:
    meanings = [match.meaning if match is not None else None for match in matches]
    of_values = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
    valued = {m.attribute for m in meanings if m is not None and m.role in of_values}
    with_unit = {
        m.attribute for m in meanings if m is not None and m.role is ColumnRole.MEASURE_UNIT
    }
    for at, name in enumerate(names):
        measure = known.unit_of(name) if meanings[at] is None else None
        if measure in valued and measure not in with_unit:
            meanings[at] = Meaning(ColumnRole.MEASURE_UNIT, measure)
            with_unit.add(measure)
    paired = valued & with_unit
    columns = []
    for index, (name, meaning) in enumerate(zip(names, meanings, strict=True)):
        role, attribute = ColumnRole.IGNORED, None
        if name == "":
            role = ColumnRole.BLANK
        elif name == ERRORS_HEADER:
            role = ColumnRole.ERRORS
        elif meaning is not None and (
            meaning.role is not ColumnRole.MEASURE_UNIT or meaning.attribute in valued
        ):
            role, attribute = meaning.role, meaning.attribute or None
            if role is ColumnRole.VALUE and attribute in paired:
                role = ColumnRole.MEASURE_VALUE
        columns.append(Column(index=index, header=name, role=role, attribute=attribute))
    return columns


def _named_header_row(records: Sequence[Sequence[str]], header_row: int) -> int:
    if header_row < 1:
        raise FileRefused(
            RefusalCode.INVALID_OPTIONS,
            f"The header row was given as {header_row}; rows count from 1.",
        )
    if header_row > len(records) or _is_blank(records[header_row - 1]):
        what = "is blank" if header_row <= len(records) else "is not there"
        raise FileRefused(
            RefusalCode.HEADER_ROW_MISSING,
            f"Row {header_row:,}, named as the header row, {what}. Name the row that holds the "
            "column headers, or leave it to be found.",
        )
    return header_row - 1


def _is_blank(record: Sequence[str]) -> bool:
    return not any(trim(cell) for cell in record)


def _refuse_double_feeding(columns: Sequence[Column]) -> None:
    """Two columns for one attribute: whichever we took, the other's values would be lost."""
    feeding: dict[tuple[str, bool], Column] = {}
    for column in columns:
        if column.attribute is None or column.role is ColumnRole.JOINED:
            continue
        part = (column.attribute, column.role is ColumnRole.MEASURE_UNIT)
        first = feeding.setdefault(part, column)
        if first is not column:
            raise FileRefused(RefusalCode.DUPLICATE_HEADER, _named_twice_reason(first, column))


def _named_twice_reason(first: Column, second: Column) -> str:
    where = f"columns {first.index + 1} and {second.index + 1}"
    one, other = (f'"{shown_text(c.header, SHOWN_CHARACTERS)}"' for c in (first, second))
    if one == other:
        return f"The header {one} occurs in {where}. Rename or remove one of them."
    attribute = shown_text(first.attribute or "", SHOWN_CHARACTERS)
    return (
        f'The headers {one} and {other} ({where}) both feed the attribute "{attribute}". '
        "Rename or remove one of them."
    )


def _with_hints(columns: Sequence[Column], known: Mapping[str, Meaning]) -> tuple[Column, ...]:
    """Ignored columns with the probably intended header."""
    by_slug: dict[str, str] = {}
    by_case: dict[str, str] = {}
    for header in _open_headers(columns, known):
        by_slug.setdefault(attribute_id(header), header)
        by_case.setdefault(header.casefold(), header)
    hinted: list[Column] = []
    compared = 0
    for column in columns:
        header = column.header
        if column.role is not ColumnRole.IGNORED or header in known or _is_long(header):
            hinted.append(column)
            continue
        hint = by_slug.get(attribute_id(header)) or by_case.get(header.casefold())
        if hint is None and compared < HINTED_HEADERS_MAX:
            compared += 1
            close = difflib.get_close_matches(header.casefold(), by_case, n=1, cutoff=RESEMBLANCE)
            hint = by_case[close[0]] if close else None
        hinted.append(msgspec.structs.replace(column, did_you_mean=hint))
    return tuple(hinted)


def _open_headers(columns: Sequence[Column], known: Mapping[str, Meaning]) -> list[str]:
    """Headers that a further column may have: a second one for an attribute would be refused."""
    whole = {c.attribute for c in columns if c.role is ColumnRole.VALUE}
    values = whole | {c.attribute for c in columns if c.role is ColumnRole.MEASURE_VALUE}
    units = whole | {c.attribute for c in columns if c.role is ColumnRole.MEASURE_UNIT}
    return [
        header
        for header, (role, attribute) in known.items()
        if attribute not in (units if role is ColumnRole.MEASURE_UNIT else values)
    ]


def _is_long(header: str) -> bool:
    return len(header) > HINTED_HEADER_MAX_CHARACTERS
