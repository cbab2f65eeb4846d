"""Which record holds the headers, and which attribute each column feeds.

Shared by text files and workbooks. Source of the rules: the REST contract, "`name` is matched,
exactly, against a file's column header" and "two columns `<Name>Value` and `<Name>Unit` are read
as the measure `<Name>`".
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.naming import attribute_id
from core.attributes.rules.invisibles import canonical
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.errors import FileRefused
from core.file_format import ReadingOptions
from core.imports.model import ERRORS_HEADER
from core.imports.table.header_rows import CountNames, best_header
from core.outcomes import RefusalCode
from core.settings import Settings

HEADER_CANDIDATES = 20
"""Records looked at for the header: titles, remarks and blank lines precede real tables."""

VALUE_SUFFIX, UNIT_SUFFIX = "Value", "Unit"
UNIT_SPELLINGS = (
    *("{} Unit", "{} Units", "{} UOM", "{} Unit of Measure", "{} Measurement Unit", "{} Einheit"),
    *("{}seinheit", "{} unité", "{} unidad", "Unit of {}", "Units of {}", "UOM {}"),
)
"""Of the header of a column of units, beside one of values; case, blanks and punctuation do not
count. Not `Unit Weight`, the weight of one."""

RESEMBLANCE = 0.75
"""difflib ratio from which a name is suggested: one or two typing errors in a usual name."""
HINTED_HEADER_MAX_CHARACTERS = 100
HINTED_HEADERS_MAX = 200
"""Comparing each header with each attribute is the one quadratic step here, so it ends."""
SHOWN_CHARACTERS = 60


def choose_header_row(
    records: Sequence[Sequence[str]],
    definitions: Sequence[AttributeDefinition],
    options: ReadingOptions,
) -> int:
    """Index of the record that holds the headers.

    `records` are the first records of the file (or sheet), blank ones included: HEADER_CANDIDATES
    of them, or `options.header_row` if that is more, or all there are. It is the row that the
    caller names; else the one that `best_header` finds.

    Raises FileRefused: INVALID_OPTIONS for a header row below 1, HEADER_ROW_MISSING when the
    named row is blank or not there.
    """
    if options.header_row is not None:
        return _named_header_row(records, options.header_row)
    return best_header(records[:HEADER_CANDIDATES], names_counter(definitions))


def names_counter(definitions: Sequence[AttributeDefinition]) -> CountNames:
    """Counts the distinct attributes that the cells of a record name."""
    known = _KnownHeaders(definitions)
    return lambda record: _attributes_in(record, known)


def match_columns(
    headers: Sequence[str], definitions: Sequence[AttributeDefinition], settings: Settings
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """What each column is for, one Column per header in file order, and the names of the required
    attributes that no column feeds, in the order of the definitions.

    Headers are compared exactly, and then as `canonical` reads them: with composed letters, without
    invisible characters, any run of blanks as one space. A measure `Weight` is fed by `Weight` or
    `WeightValue`, with or without `WeightUnit`, which may also be written `Weight Unit` or
    `weight-unit`; an attribute of just that name goes first, and a unit without a column of
    values is ignored. A repeated header that feeds nothing is merely ignored.

    Raises FileRefused: TOO_MANY_COLUMNS, and DUPLICATE_HEADER when two columns feed one attribute.
    """
    if len(headers) > settings.max_columns:
        raise FileRefused(
            RefusalCode.TOO_MANY_COLUMNS,
            f"The file has {len(headers):,} columns; at most {settings.max_columns:,} can be "
            "imported. Remove the columns that are not needed.",
        )
    known = _KnownHeaders(definitions)
    columns = _columns([trim(header) for header in headers], known)
    _refuse_double_feeding(columns)
    fed = {column.attribute for column in columns if column.attribute is not None}
    missing = tuple(d.name for d in definitions if d.is_required and d.name not in fed)
    return _with_hints(columns, known.exact), missing


_Meaning = tuple[ColumnRole, str]
"""The meaning of a header: the role of its column, and the attribute that the column feeds."""


def _known_headers(definitions: Sequence[AttributeDefinition]) -> dict[str, _Meaning]:
    """The headers that mean something, exactly as they must be written."""
    known = {d.name: (ColumnRole.VALUE, d.name) for d in definitions}
    for definition in definitions:
        if definition.type is AttributeType.MEASURE:
            name = definition.name
            known.setdefault(name + VALUE_SUFFIX, (ColumnRole.MEASURE_VALUE, name))
            known.setdefault(name + UNIT_SUFFIX, (ColumnRole.MEASURE_UNIT, name))
    return known


class _KnownHeaders:
    """The meaning of headers, as written and in spellings that look the same."""

    def __init__(self, definitions: Sequence[AttributeDefinition]) -> None:
        self.exact = _known_headers(definitions)
        keys = Counter(map(canonical, self.exact))
        self._by_canonical = {
            key: meaning
            for header, meaning in self.exact.items()
            if keys[key := canonical(header)] == 1
        }
        measures = [d.name for d in definitions if d.type is AttributeType.MEASURE]
        self._units = {
            _squeezed(spelling.format(name)): name
            for name in reversed(measures)
            for spelling in UNIT_SPELLINGS
        }

    def get(self, header: str) -> _Meaning | None:
        return self.exact.get(header) or self._by_canonical.get(canonical(header))

    def of(self, headers: Sequence[str]) -> list[_Meaning | None]:
        """The meaning of each. Other spellings are ignored next to the exact one."""
        exact = {meaning for header in headers if (meaning := self.exact.get(header)) is not None}
        found = []
        for header in headers:
            meaning = self.get(header)
            found.append(None if header not in self.exact and meaning in exact else meaning)
        return found

    def unit_of(self, header: str) -> str | None:
        """The measure whose unit the header seems to name, however that is written."""
        return self._units.get(_squeezed(header))


def _squeezed(header: str) -> str:
    """Without case, blanks and punctuation."""
    return "".join(filter(str.isalnum, canonical(header).casefold()))


def _attributes_in(record: Sequence[str], known: _KnownHeaders) -> int:
    """How many distinct attributes the record's cells name."""
    found = (known.get(trim(cell)) for cell in record)
    return len({meaning[1] for meaning in found if meaning is not None})


def _columns(names: Sequence[str], known: _KnownHeaders) -> list[Column]:
    meanings = known.of(names)
    of_values = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
    valued = {m[1] for m in meanings if m is not None and m[0] in of_values}
    with_unit = {m[1] for m in meanings if m is not None and m[0] is ColumnRole.MEASURE_UNIT}
    for at, name in enumerate(names):
        measure = known.unit_of(name) if meanings[at] is None else None
        if measure in valued and measure not in with_unit:
            meanings[at] = (ColumnRole.MEASURE_UNIT, measure)
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
            meaning[0] is not ColumnRole.MEASURE_UNIT or meaning[1] in valued
        ):
            role, attribute = meaning
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
        if column.attribute is None:
            continue
        part = (column.attribute, column.role is ColumnRole.MEASURE_UNIT)
        first = feeding.setdefault(part, column)
        if first is not column:
            raise FileRefused(RefusalCode.DUPLICATE_HEADER, _named_twice_reason(first, column))


def _named_twice_reason(first: Column, second: Column) -> str:
    where = f"columns {first.index + 1} and {second.index + 1}"
    one, other = (f'"{shown_text(c.header, SHOWN_CHARACTERS)}"' for c in (first, second))
    if one == other:
        return f"The header {one} stands in {where}. Rename or remove one of them."
    attribute = shown_text(first.attribute or "", SHOWN_CHARACTERS)
    return (
        f'The headers {one} and {other} ({where}) both feed the attribute "{attribute}". '
        "Rename or remove one of them."
    )


def _with_hints(columns: Sequence[Column], known: Mapping[str, _Meaning]) -> tuple[Column, ...]:
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


def _open_headers(columns: Sequence[Column], known: Mapping[str, _Meaning]) -> list[str]:
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
