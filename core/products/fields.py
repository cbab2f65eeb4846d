"""The fields by which products are filtered and sorted, and their paths in the document.

| kind      | of attributes            | filtered at     | sorted at     |
|-----------|--------------------------|-----------------|---------------|
| TEXT      | short text, one option,  | `Name`          | `Name`        |
|           | barcode                  |                 |               |
| LONG_TEXT | long and rich text, URL  | `_keys.Name`    | `_keys.Name`  |
| LIST      | several options          | `Name`          | `_keys.Name`  |
| NUMBER    | number                   | `Name`          | `Name`        |
| MEASURE   | measure                  | `Name.value`    | `Name.value`  |
| BOOLEAN   | boolean                  | `Name`          | `Name`        |
| DAY       | date, as `YYYY-MM-DD`    | `Name`          | `Name`        |
| MOMENT    | datetime                 | `_keys.Name`    | `_keys.Name`  |
| TIME      | createdAt, updatedAt     | the field       | the field     |

`_keys` holds the beginnings of texts that are too long for an index: DocumentDB refuses to write a
document whose index entry is over 2,048 bytes. For a list it holds the list as one text, because
an index over lists can find, but neither order nor continue behind a position. For a datetime it
holds the text without its Z, which sorts like the times: `…:09.500` between `…:09` and `…:10`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cached_property
from typing import Any

from core.attributes.definitions import TRAITS, Attribute, AttributeDefinition, StoredAs

ID = "_id"
CREATED_AT, UPDATED_AT = "createdAt", "updatedAt"
CREATED_BY, UPDATED_BY = "createdBy", "updatedBy"
IMPORT_SOURCE = "importSource"
REVISION = "revision"

SYSTEM_FIELDS = (CREATED_AT, UPDATED_AT, IMPORT_SOURCE, REVISION, CREATED_BY, UPDATED_BY)
"""The fields of a product besides its id and its attributes; shown, but never written by a
client."""

HASH = "_hash"
"""Of the attribute values, to know an unchanged product. Never shown."""
KEYS = "_keys"
"""See above. Never shown."""
HISTORY = "_history"
"""The last changes (`history/entries.py`). Shown by a call of its own."""

KEY_MAX_CHARACTERS = 128
"""At most 512 bytes of UTF-8, so that an index entry of it and of an id stays under the limit."""


class FieldKind(Enum):
    TEXT = auto()
    LONG_TEXT = auto()
    LIST = auto()
    NUMBER = auto()
    MEASURE = auto()
    BOOLEAN = auto()
    DAY = auto()
    MOMENT = auto()
    TIME = auto()


_KINDS: Mapping[StoredAs, FieldKind] = {
    StoredAs.TEXT: FieldKind.TEXT,
    StoredAs.NUMBER: FieldKind.NUMBER,
    StoredAs.BOOLEAN: FieldKind.BOOLEAN,
    StoredAs.DAY: FieldKind.DAY,
    StoredAs.MOMENT: FieldKind.MOMENT,
    StoredAs.LIST: FieldKind.LIST,
    StoredAs.MEASURE: FieldKind.MEASURE,
}
KINDS: Mapping[str, FieldKind] = {
    kind: FieldKind.LONG_TEXT if traits.is_long else _KINDS[traits.stored_as]
    for kind, traits in TRAITS.items()
}

SEARCHED_KINDS = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.LIST})
"""The fields of the free-text search `q`."""


@dataclass(frozen=True, slots=True)
class ListField:
    """One field as a list of products knows it."""

    name: str
    kind: FieldKind
    is_filterable: bool = True
    is_sortable: bool = True
    unit: str | None = None
    """The own unit of a measure."""

    @property
    def key_path(self) -> str:
        return f"{KEYS}.{self.name}"

    @property
    def filter_path(self) -> str:
        """The path that an index over this field's values has."""
        if self.kind in (FieldKind.LONG_TEXT, FieldKind.MOMENT):
            return self.key_path
        return f"{self.name}.value" if self.kind is FieldKind.MEASURE else self.name

    @property
    def sort_path(self) -> str:
        return self.key_path if self.kind is FieldKind.LIST else self.filter_path


_SYSTEM_LIST_FIELDS = (
    ListField(ID, FieldKind.TEXT),
    ListField(CREATED_AT, FieldKind.TIME),
    ListField(UPDATED_AT, FieldKind.TIME),
    ListField(IMPORT_SOURCE, FieldKind.TEXT),
)


@dataclass(frozen=True)
class Catalogue:
    """The present attributes, as far as products depend on them."""

    attributes: tuple[Attribute, ...]

    @cached_property
    def fields(self) -> Mapping[str, ListField]:
        """By name; the attributes first, in their order."""
        own = [list_field(attribute) for attribute in self.attributes]
        return {field.name: field for field in (*own, *_SYSTEM_LIST_FIELDS)}

    @property
    def identifier(self) -> str | None:
        """Name of the attribute that gives a product its id, when one is marked."""
        return next((a.name for a in self.attributes if a.is_identifier), None)

    @property
    def definitions(self) -> tuple[AttributeDefinition, ...]:
        return tuple(attribute.definition() for attribute in self.attributes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)

    def nearest(self, name: str) -> str | None:
        """The field that a mistyped name resembles most, if any."""
        folded = {known.casefold(): known for known in self.fields}
        near = difflib.get_close_matches(name.casefold(), folded, 1)
        return folded[near[0]] if near else None


def list_field(attribute: Attribute) -> ListField:
    return ListField(
        name=attribute.name,
        kind=KINDS[attribute.type],
        is_filterable=attribute.is_filterable,
        is_sortable=attribute.is_sortable,
        unit=attribute.unit,
    )


def keyed_kinds(kinds: Mapping[str, FieldKind]) -> dict[str, FieldKind]:
    """Those of the attributes that `_keys` knows. `sort_keys` with them gives the same, sooner."""
    keyed = (FieldKind.LONG_TEXT, FieldKind.LIST, FieldKind.MOMENT)
    return {name: kind for name, kind in kinds.items() if kind in keyed}


def sort_keys(values: Mapping[str, Any], kinds: Mapping[str, FieldKind]) -> dict[str, str]:
    """What `_keys` holds for these attribute values."""
    keys: dict[str, str] = {}
    for name, kind in kinds.items():
        value = values.get(name)
        if kind is FieldKind.LONG_TEXT and isinstance(value, str):
            keys[name] = text_key(value)
        elif kind is FieldKind.MOMENT and isinstance(value, str):
            keys[name] = text_key(value.removesuffix("Z"))
        elif kind is FieldKind.LIST and isinstance(value, list):
            keys[name] = text_key("; ".join(map(str, value)))
    return keys


def text_key(text: str) -> str:
    """The beginning of a text. Keeps the order of texts: `a <= b` gives `key(a) <= key(b)`."""
    return text[:KEY_MAX_CHARACTERS]


def moment_key(time: datetime) -> str:
    """What `_keys` holds for a time, which has an offset."""
    utc = time.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond >= 1_000 else "seconds")


def kinds_of(attributes: Sequence[Attribute]) -> dict[str, FieldKind]:
    return {attribute.name: KINDS[attribute.type] for attribute in attributes}
