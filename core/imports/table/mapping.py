"""What a caller's mapping does beyond naming attributes: columns that are joined, constants; and
the notices about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
import polars as pl

from core.attributes.comparing import canonical
from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.defining import read_default
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim, trimmed
from core.errors import FileRefused
from core.file_format import MappingRule
from core.imports.table.known_headers import KnownHeaders, Match
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import Notice, NoticeCode, RefusalCode
from core.settings import Settings

JOINED_BY = " "
HEADERS_NAMED = 8
_FEEDING = frozenset({ColumnRole.VALUE, ColumnRole.MEASURE_VALUE, ColumnRole.MEASURE_UNIT})


def with_joined(columns: Sequence[Column], known: KnownHeaders) -> list[Column]:
    """Columns that one rule joins: the first of them in the file feeds the attribute, by the texts
    of all in the order of the rule."""
    found: defaultdict[MappingRule, list[Column]] = defaultdict(list)
    for column in columns:
        rule = known.rule_of(column.header) if column.header else None
        if rule is not None and rule.attribute is not None and len(rule.headers) > 1:
            found[rule].append(column)
    changed = {}
    for rule, parts in found.items():
        order = [canonical(trim(header)) for header in rule.headers]
        placed = sorted(parts, key=lambda part: order.index(canonical(part.header)))
        if len({canonical(part.header) for part in parts}) < len(parts):
            raise FileRefused(
                RefusalCode.DUPLICATE_HEADER,
                f"Several columns have a header of which the mapping joins one: "
                f"{_listed(part.header for part in parts)}. Rename or remove all but one.",
            )
        first, *others = parts
        if others:
            by = JOINED_BY if rule.joined_by is None else rule.joined_by
            joined = tuple(part.index for part in placed)
            changed[first.index] = msgspec.structs.replace(first, joined=joined, joined_by=by)
        for other in others:
            role = ColumnRole.JOINED
            changed[other.index] = msgspec.structs.replace(other, role=role, attribute=None)
    return [changed.get(column.index, column) for column in columns]


def constant_columns(
    columns: Sequence[Column],
    known: KnownHeaders,
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
) -> tuple[Column, ...]:
    """A column behind those of the file for every constant. Raises FileRefused MAPPING_INVALID for
    one that the attribute's rules refuse, DUPLICATE_HEADER if a column feeds the attribute."""
    by_name = {definition.name: definition for definition in definitions}
    fed = {column.attribute: column for column in columns if column.role in _FEEDING}
    found: list[Column] = []
    for rule in known.rules:
        if rule.constant is None or rule.attribute is None:
            continue
        name = trim(rule.attribute)
        definition = by_name.get(name)
        shown = shown_text(name, HEADER_SHOWN_CHARACTERS)
        if definition is None:
            raise FileRefused(
                RefusalCode.MAPPING_INVALID,
                f'The mapping has a constant for "{shown}", which is a part of a measure. Give a '
                "constant to the whole measure, such as 2.5 kg.",
            )
        if (column := fed.get(name)) is not None:
            header = shown_text(column.header, HEADER_SHOWN_CHARACTERS)
            raise FileRefused(
                RefusalCode.DUPLICATE_HEADER,
                f'The attribute "{shown}" has a constant in the mapping, and the header '
                f'"{header}" (column {column.index + 1}) feeds it too. Leave out one of them.',
            )
        _check_constant(definition, rule.constant, shown, settings)
        index = len(columns) + len(found)
        found.append(
            Column(
                index=index,
                header=name,
                role=ColumnRole.VALUE,
                attribute=name,
                constant=trim(rule.constant),
            )
        )
    return tuple(found)


def _check_constant(
    definition: AttributeDefinition, constant: str, shown: str, settings: Settings
) -> None:
    if definition.is_unique or definition.is_identifier:
        reason = "cannot be one value for all rows, since no two products may share it"
    else:
        try:
            read_default(definition, trim(constant), settings)
        except ValueError as error:
            reason = str(error)
        else:
            return
    value = shown_text(constant, HEADER_SHOWN_CHARACTERS)
    raise FileRefused(
        RefusalCode.MAPPING_INVALID,
        f'The constant "{value}" of the mapping for the attribute "{shown}" {reason}.',
    )


def with_constants(
    definitions: Iterable[AttributeDefinition], constants: Iterable[Column]
) -> tuple[AttributeDefinition, ...]:
    """The definitions, with constants as defaults: a row of empty cells stays a blank row."""
    texts = {column.attribute: column.constant for column in constants}
    return tuple(
        msgspec.structs.replace(d, default_value=texts[d.name]) if d.name in texts else d
        for d in definitions
    )


def joined(
    texts: pl.DataFrame, columns: Sequence[Column], constants: Sequence[Column]
) -> pl.DataFrame:
    """The cells as they are read: joined columns as one text, empty cells for constants. Empty
    parts are passed over, so that no text begins or ends with the separator."""
    changed = []
    for column in columns:
        if column.joined:
            parts = [trimmed(pl.col(str(index))) for index in column.joined]
            text = pl.concat_str(parts, separator=column.joined_by, ignore_nulls=True)
            changed.append(text.alias(str(column.index)))
    for constant in constants:
        changed.append(pl.lit(None, dtype=pl.String).alias(str(constant.index)))
    return texts.with_columns(changed) if changed else texts


def matched_otherwise(columns: Sequence[Column], matches: Sequence[Match | None]) -> list[Notice]:
    """Headers that nobody mapped, and that are not written like the attribute they feed."""
    pairs = [
        f"{_quoted(column.header)} as {_quoted(match.as_spelled)}"
        for column, match in zip(columns, matches, strict=True)
        if match is not None and match.as_spelled is not None and column.role in _FEEDING
    ]
    if not pairs:
        return []
    return [
        Notice(
            code=NoticeCode.HEADERS_MATCHED,
            message=f"{'A header was' if len(pairs) == 1 else f'{len(pairs):,} headers were'} "
            f"read as another spelling: {_first(pairs)}. If that is wrong, map or rename "
            f"{'the column' if len(pairs) == 1 else 'the columns'}.",
        )
    ]


def missing_headers(columns: Sequence[Column], known: KnownHeaders) -> list[Notice]:
    """Headers of the mapping that the file does not have."""
    present = {canonical(column.header) for column in columns}
    missing = [
        _quoted(header)
        for rule in known.rules
        for header in rule.headers
        if rule.attribute is not None and canonical(trim(header)) not in present
    ]
    if not missing:
        return []
    what = "header that the file does not have" if len(missing) == 1 else "headers that it lacks"
    return [
        Notice(
            code=NoticeCode.MAPPED_HEADER_MISSING,
            message=f"The mapping names {len(missing):,} {what}: {_first(missing)}.",
        )
    ]


def _quoted(header: str) -> str:
    return f'"{shown_text(header, HEADER_SHOWN_CHARACTERS)}"'


def _listed(headers: Iterable[str]) -> str:
    return ", ".join(map(_quoted, headers))


def _first(texts: Sequence[str]) -> str:
    more = len(texts) - HEADERS_NAMED
    return ", ".join(texts[:HEADERS_NAMED]) + (f" and {more:,} more" if more > 0 else "")
