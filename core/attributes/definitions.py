"""An attribute definition, as a person maintains it and as the pipeline uses it.

Source of the rules: the REST contract, "Attribute definitions". Extensions, such as further types
and the settings of `core.attributes.constraints`, are absent from a response if they are not set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Any

import msgspec

from core import clock


class AttributeType(StrEnum):
    # the contract's
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    RICH_TEXT = "rich_text"
    NUMBER = "number"
    SINGLE_SELECT = "single_select"
    MULTIPLE_SELECT = "multiple_select"
    MEASURE = "measure"
    # beside them
    BOOLEAN = "boolean"
    """Read from true, false, yes, no, 1 and 0 in any case; stored as a boolean."""
    DATE = "date"
    """A day of the calendar; stored as `YYYY-MM-DD`, so that it sorts and travels as text."""
    DATETIME = "datetime"
    """A point in time; stored in UTC as `YYYY-MM-DDTHH:MM:SSZ`, its milliseconds kept."""
    URL = "url"
    """The absolute address of something on the web: http or https."""
    IMAGE = "image"
    """The address of one image: validated like a URL, shown as an image."""
    BARCODE = "barcode"
    """A GTIN of 8, 12, 13 or 14 digits; stored as text, its leading zeros kept."""


class StoredAs(Enum):
    """The form in which a product stores the values of a type."""

    TEXT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    DAY = auto()
    """A text, `YYYY-MM-DD`."""
    MOMENT = auto()
    """A text, `YYYY-MM-DDTHH:MM:SSZ` or `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    LIST = auto()
    """Of texts."""
    MEASURE = auto()
    """`{"value": 2.5, "unit": "kg"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What sets a type apart. Whatever differs between types in checking, storing, listing,
    exporting or suggesting values is derived from it, except the rules themselves:
    `core/attributes/rules/types/`."""

    stored_as: StoredAs = StoredAs.TEXT
    settings: frozenset[str] = frozenset()
    """The settings beyond the contract's that it may have, as the API names them; every type may
    have `defaultValue` and `headers`."""
    is_prose: bool = False
    """Text that people write. Suggested even if the caller names no attribute."""
    is_long: bool = False
    """Its texts may be too long for an index, so a product also holds their beginnings."""
    is_digits: bool = False
    """Written in digits alone: of a formatted cell (`4,00 €`) the number is read, not the text."""
    has_options: bool = False
    is_suggested: bool = False
    """May a model suggest values? Not addresses, barcodes and times: they have to be looked up, and
    an invented one looks real."""

    @property
    def is_numeric(self) -> bool:
        return self.stored_as in (StoredAs.NUMBER, StoredAs.MEASURE)

    @property
    def may_be_words(self) -> bool:
        """Could a name, like that of a column, be one of its values?"""
        return self.stored_as in (StoredAs.TEXT, StoredAs.LIST) and not self.is_digits


_T = AttributeType
_BOUNDS = frozenset({"min", "max", "decimals"})
_ADDRESS = Traits(is_long=True, settings=frozenset({"pattern"}))

TRAITS: Mapping[AttributeType, Traits] = {
    _T.SHORT_TEXT: Traits(
        settings=frozenset({"isUnique", "isIdentifier", "maxLength", "pattern"}),
        is_prose=True,
        is_suggested=True,
    ),
    _T.LONG_TEXT: Traits(
        settings=frozenset({"maxLength", "pattern"}),
        is_prose=True,
        is_long=True,
        is_suggested=True,
    ),
    _T.RICH_TEXT: Traits(
        settings=frozenset({"maxLength"}), is_prose=True, is_long=True, is_suggested=True
    ),
    _T.NUMBER: Traits(
        stored_as=StoredAs.NUMBER,
        settings=_BOUNDS | {"isUnique", "isIdentifier"},
        is_digits=True,
        is_suggested=True,
    ),
    _T.SINGLE_SELECT: Traits(has_options=True, is_suggested=True),
    _T.MULTIPLE_SELECT: Traits(stored_as=StoredAs.LIST, has_options=True, is_suggested=True),
    _T.MEASURE: Traits(stored_as=StoredAs.MEASURE, settings=_BOUNDS, is_suggested=True),
    _T.BOOLEAN: Traits(stored_as=StoredAs.BOOLEAN, is_suggested=True),
    _T.DATE: Traits(stored_as=StoredAs.DAY, settings=frozenset({"isUnique"}), is_suggested=True),
    _T.DATETIME: Traits(stored_as=StoredAs.MOMENT, settings=frozenset({"isUnique"})),
    _T.URL: _ADDRESS,
    _T.IMAGE: _ADDRESS,
    _T.BARCODE: Traits(settings=frozenset({"isUnique", "isIdentifier"}), is_digits=True),
}


def types_where(holds: Callable[[Traits], bool]) -> frozenset[AttributeType]:
    return frozenset(kind for kind, traits in TRAITS.items() if holds(traits))


SELECT_TYPES = types_where(lambda traits: traits.has_options)
PROSE_TYPES = types_where(lambda traits: traits.is_prose)
SUGGESTED_TYPES = types_where(lambda traits: traits.is_suggested)
NUMERIC_TYPES = types_where(lambda traits: traits.is_numeric)
IDENTIFIER_TYPES = types_where(lambda traits: "isIdentifier" in traits.settings)
UNIQUE_TYPES = types_where(lambda traits: "isUnique" in traits.settings)
OPTION_SEPARATOR = ";"
"""Separates the values in the cell of a multiple select, so no option may contain it."""

Number = int | float
Value = bool | int | float | str | tuple[str, ...]
"""A default as it is shown: as a product stores it, but a measure as text (`2.5 kg`)."""


class AttributeDefinition(msgspec.Struct, frozen=True, rename="camel", omit_defaults=False):
    """The part of a definition that the pipeline needs; frozen in S3 once per attempt of an
    import."""

    name: str
    """Matched exactly against a column header; the key of the value in a product."""
    type: AttributeType
    options: tuple[str, ...] = ()
    """The allowed values of the select types."""
    unit: str | None = None
    """The unit of a measure whose cell names none."""
    is_required: bool = False
    is_unique: bool = False
    """No two products may have the same value. A rule of a single cell cannot check this."""
    is_identifier: bool = False
    """The value is the product's `_id`; so it is unique too."""
    max_length: int | None = None
    """Characters."""
    min: Number | None = None
    max: Number | None = None
    """Bounds of the number, both included; of a measure, in its own unit."""
    decimals: int | None = None
    """Decimal places that a number may have at most, zeros at its end not counted."""
    pattern: str | None = None
    """A regular expression in the syntax of Rust's `regex`, which the whole value must match."""
    default_value: str | None = None
    """The text that is read in place of an empty cell."""
    headers: tuple[str, ...] = ()
    """Other headers of a file that the attribute answers to."""


class Attribute(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A definition as stored in the database. Times are aware, in UTC."""

    id: str = msgspec.field(name="_id")
    """Derived from the name by `core.attributes.naming.attribute_id`, so it never changes."""
    name: str
    type: AttributeType
    description: str = ""
    options: tuple[str, ...] = ()
    unit: str | None = None
    is_filterable: bool = True
    is_sortable: bool = True
    is_required: bool = False
    is_unique: bool = False
    is_identifier: bool = False
    max_length: int | None = None
    min: Number | None = None
    max: Number | None = None
    decimals: int | None = None
    pattern: str | None = None
    default_value: Value | None = None
    headers: tuple[str, ...] | None = None
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str
    revision: int = 1
    """Counts the writes, from 1."""

    def definition(self) -> AttributeDefinition:
        return AttributeDefinition(
            name=self.name,
            type=self.type,
            options=self.options,
            unit=self.unit,
            is_required=self.is_required,
            is_unique=self.is_unique,
            is_identifier=self.is_identifier,
            max_length=self.max_length,
            min=self.min,
            max=self.max,
            decimals=self.decimals,
            pattern=self.pattern,
            default_value=None if self.default_value is None else cell_text(self.default_value),
            headers=self.headers or (),
        )

    def to_document(self) -> dict[str, Any]:
        """As it is stored: settings that are not set are absent, which the sparse unique index
        over `isIdentifier` needs."""
        document: dict[str, Any] = msgspec.to_builtins(self, builtin_types=(datetime,))
        return {f: v for f, v in document.items() if f not in SETTING_FIELDS or is_set(f, v)}

    def to_json(self) -> dict[str, Any]:
        """As REST shows it: `options` and `unit` only where the type has them, the settings only
        where they are set."""
        shown = self.to_document()
        for field in ("createdAt", "updatedAt"):
            shown[field] = clock.iso(shown[field])
        del shown["options"]
        if self.type in SELECT_TYPES:
            shown["options"] = list(self.options)
        if self.type is not AttributeType.MEASURE:
            del shown["unit"]
        if isinstance(self.default_value, tuple):
            shown["defaultValue"] = list(self.default_value)
        if self.headers is not None:
            shown["headers"] = list(self.headers)
        return shown


SETTING_FIELDS: Mapping[str, str] = {
    "isUnique": "is_unique",
    "isIdentifier": "is_identifier",
    "maxLength": "max_length",
    "min": "min",
    "max": "max",
    "decimals": "decimals",
    "pattern": "pattern",
    "defaultValue": "default_value",
    "headers": "headers",
}
"""The settings beyond the contract's: name in JSON → name of the field."""


SETTING_FLAGS = frozenset({"isUnique", "isIdentifier"})


def is_set(field: str, value: object) -> bool:
    """Whether `value` sets the setting: a flag if it is true, others if they are not null."""
    return value is not None and not (field in SETTING_FLAGS and value is False)


def cell_text(value: Value) -> str:
    """The text of a cell that reads as `value`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return f"{OPTION_SEPARATOR} ".join(value)
    return repr(value)
