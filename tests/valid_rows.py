"""Valid rows in the store, as an import leaves them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.tables import json_lines
from core.exports.documents import table_of
from core.imports.model import Part, ValidRows
from core.imports.output.tables import stored
from core.imports.output.valid_rows import ValidRowsReader, read_valid_rows
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore
from core.storage.content_types import JSON, PARQUET

_TYPES: Mapping[type, AttributeType] = {
    str: AttributeType.LONG_TEXT,
    int: AttributeType.NUMBER,
    float: AttributeType.NUMBER,
    bool: AttributeType.BOOLEAN,
    list: AttributeType.MULTIPLE_SELECT,
    dict: AttributeType.MEASURE,
}


def leave_valid_rows(
    store: ObjectStore,
    bucket: str,
    keys: ImportKeys,
    rows: Sequence[Mapping[str, Any]],
    part_rows: int = 10_000,
) -> None:
    """Each attribute has the type of its first value."""
    types: dict[str, AttributeType] = {}
    for row in rows:
        for name, value in row.items():
            types.setdefault(name, _TYPES[type(value)])
    types = types or {"SKU": AttributeType.SHORT_TEXT}  # no import has rows without a column
    definitions = [AttributeDefinition(name=n, type=type_) for n, type_ in types.items()]
    parts: list[Part] = []
    for start in range(0, len(rows), part_rows):
        some = rows[start : start + part_rows]
        data = stored(table_of(some, definitions)[0])
        part = Part(chunk=len(parts), number=0, rows=len(some), bytes=len(data))
        store.put(bucket, keys.part(part.chunk, 0), data, PARQUET)
        parts.append(part)
    listed = ValidRows(names=tuple(types), parts=tuple(parts))
    store.put(bucket, keys.valid_rows, msgspec.json.encode(listed), JSON)


def valid_rows(store: ObjectStore, settings: Settings, keys: ImportKeys) -> bytes:
    """All of them as lines of JSON."""
    rows = read_valid_rows(store, settings.results_bucket, keys)
    return b"".join(map(json_lines, ValidRowsReader(store, settings, keys, rows).tables()))
