"""Planning a file of which nothing is known: its header row, its chunks, and the columns that no
attribute reads.

The file is planned twice. The first time shows the headers, and what the existing attributes make
of them. The second time every other column has an attribute of free text, so that all are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from core.attributes.comparing import canonical
from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.naming import UNIT_SUFFIX, VALUE_SUFFIX, has_control_characters
from core.attributes.rules.model import Column, ColumnRole
from core.file_format import AUTO, FileKind, HeaderMatching, Locale, ReadingOptions, SourceFile
from core.imports.locale.deciding import locale_of
from core.imports.model import Plan
from core.imports.planning import plan_import
from core.imports.proposals.model import ProposalPlan
from core.imports.proposals.naming import LONGEST_HEADER
from core.imports.table.known_headers import (
    UNIT_SPELLINGS,
    squeezed,
)
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ObjectStore, ProposalKeys
from core.storage.content_types import JSON


def plan_proposals(
    store: ObjectStore,
    settings: Settings,
    keys: ProposalKeys,
    source: SourceFile,
    options: ReadingOptions,
    existing: Sequence[AttributeDefinition],
) -> Plan | Refusal:
    """Writes the plan and the chunks like `plan_import`, and the columns that are asked about to
    `keys.asked`."""
    options = msgspec.structs.replace(
        options,
        headers=options.headers or HeaderMatching.LOOSE,
        locale=AUTO if options.locale is None else options.locale,
    )
    # evidence is that of the cells as they are in the file
    unread = msgspec.structs.replace(options, locale=None, value_steps=None)
    first = plan_import(store, settings, keys, source, unread, existing)
    if isinstance(first, Refusal):
        return first
    asked = _asked(first.columns)
    if first.format.header_row > 1:  # once attributes exist, another row might look like it
        options = msgspec.structs.replace(options, header_row=first.format.header_row)
    if first.format.kind is FileKind.TEXT and first.format.delimiter:
        options = msgspec.structs.replace(options, delimiter=first.format.delimiter)
    unread = msgspec.structs.replace(
        unread,
        delimiter=options.delimiter,
        mapping=None,
        headers=HeaderMatching.EXACT,
        header_row=first.format.header_row if first.original_headers else None,
    )
    texts = [AttributeDefinition(c.header, AttributeType.LONG_TEXT) for c in asked]
    plan = plan_import(store, settings, keys, source, unread, texts)
    if isinstance(plan, Refusal):
        return plan
    proposal_plan = ProposalPlan(
        columns=first.columns,
        asked=tuple(column.index for column in asked),
        pairs=_pairs(asked),
        locale=locale_of(options) or Locale(),
        options=options,
        existing=tuple(existing),
    )
    store.put(settings.results_bucket, keys.asked, msgspec.json.encode(proposal_plan), JSON)
    return plan


def repeated_headers(columns: Sequence[Column]) -> frozenset[str]:
    """Headers that several columns have, as `canonical` reads them."""
    count = Counter(canonical(column.header) for column in columns if column.header)
    return frozenset(header for header, columns in count.items() if columns > 1)


def _asked(columns: Sequence[Column]) -> list[Column]:
    repeated = repeated_headers(columns)
    return [
        column
        for column in columns
        if column.role is ColumnRole.IGNORED
        and canonical(column.header) not in repeated
        and len(column.header) <= LONGEST_HEADER
        and not has_control_characters(column.header)
    ]


def _pairs(columns: Sequence[Column]) -> dict[int, int]:
    """Columns whose headers may name a value and its unit."""
    by_header = {column.header: column for column in columns}
    by_look = {squeezed(column.header): column for column in columns}
    pairs: dict[int, int] = {}
    for column in columns:
        stem = column.header.removesuffix(VALUE_SUFFIX)
        unit = by_header.get(stem + UNIT_SUFFIX)
        for spelling in UNIT_SPELLINGS:
            unit = unit or by_look.get(squeezed(spelling.format(stem)))
        if unit is not None and unit is not column and unit.index not in pairs.values():
            pairs[column.index] = unit.index
    return {value: unit for value, unit in pairs.items() if unit not in pairs}
