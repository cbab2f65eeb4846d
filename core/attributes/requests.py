"""The bodies of POST and PUT of an attribute, checked and typed.

The JSON Schemas check the shape. This module checks what depends on the name and on the type,
`constraints.py` what depends on the settings. All faults of a body are reported at once; only a
default is not validated before everything else is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core.attributes import constraints
from core.attributes.definitions import (
    OPTION_SEPARATOR,
    SELECT_TYPES,
    SETTING_FIELDS,
    SETTING_FLAGS,
    Attribute,
    AttributeDefinition,
    AttributeType,
    Number,
    Value,
    is_set,
)
from core.attributes.naming import has_control_characters, name_fault, trimmed
from core.errors import InvalidRequest
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.wording import can_be_raised

_PLAIN_FIELDS = ("description", "options", "unit", "isFilterable", "isSortable", "isRequired")
_CHANGEABLE = (*_PLAIN_FIELDS, *SETTING_FIELDS)
_VALIDATED_TOGETHER = frozenset({"options", "unit", *SETTING_FIELDS})
"""Fields of which one can make another wrong."""
_READS_AS_NUMBER = re.compile(r"[\d.,+\-]")
_DEFAULT_LIMITS = Settings()

Unset = msgspec.UnsetType


class AttributeDraft(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new attribute, before it has an id, times and an author."""

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


class AttributeChanges(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The fields that a PUT replaces; UNSET leaves a setting unchanged, and None removes it."""

    description: str | Unset = msgspec.UNSET
    options: tuple[str, ...] | Unset = msgspec.UNSET
    unit: str | Unset = msgspec.UNSET
    is_filterable: bool | Unset = msgspec.UNSET
    is_sortable: bool | Unset = msgspec.UNSET
    is_required: bool | Unset = msgspec.UNSET
    is_unique: bool | Unset = msgspec.UNSET
    is_identifier: bool | Unset = msgspec.UNSET
    max_length: int | Unset | None = msgspec.UNSET
    min: Number | Unset | None = msgspec.UNSET
    max: Number | Unset | None = msgspec.UNSET
    decimals: int | Unset | None = msgspec.UNSET
    pattern: str | Unset | None = msgspec.UNSET
    default_value: Value | Unset | None = msgspec.UNSET
    headers: tuple[str, ...] | Unset | None = msgspec.UNSET

    @property
    def given(self) -> Mapping[str, Any]:
        """By name in JSON."""
        given: dict[str, Any] = msgspec.to_builtins(self)
        return given

    @property
    def hang_together(self) -> bool:
        """Whether these changes depend on other settings of the attribute."""
        return not _VALIDATED_TOGETHER.isdisjoint(self.given)


def read_draft(body: Mapping[str, Any], limits: Settings = _DEFAULT_LIMITS) -> AttributeDraft:
    """The new attribute that a body describes. Raises InvalidRequest, naming every fault."""
    faults = field_faults("requests/create-attribute", body)
    given = _tidied(without_nulls(body))
    sound = _sound_fields(given, faults)
    if "name" in sound and (sentence := name_fault(sound["name"])):
        faults.append(FieldFault("name", sentence))
    if "type" in sound:
        kind = AttributeType(sound["type"])
        _drop_empty_where_none_belongs(kind, given)
        sound = _sound_fields(given, faults)
        faults += _type_faults(kind, given, sound, creating=True)
        faults += _count_faults(sound, limits)
        faults += constraints.combination_faults(kind, constraints.settings_set(sound), limits)
        faults += _pattern_faults(kind, sound)
    refuse(faults)
    given = {field: value for field, value in given.items() if value is not None}
    if "defaultValue" in given:
        definition = msgspec.convert(
            {f: v for f, v in given.items() if f != "defaultValue"}, AttributeDefinition
        )
        given["defaultValue"] = _default(definition, given["defaultValue"], limits)
    return msgspec.convert(given, AttributeDraft)


def read_changes(
    body: Mapping[str, Any], attribute: Attribute, limits: Settings = _DEFAULT_LIMITS
) -> AttributeChanges:
    """What a body changes in an attribute. Raises InvalidRequest: `INVALID_FIELDS`, naming every
    fault, or `NOTHING_TO_CHANGE`. Values that the attribute already has are accepted. null removes
    a setting that is set, and otherwise means "not given"."""
    faults = field_faults("requests/update-attribute", body)
    present = constraints.settings_set(attribute.to_document())
    given = _tidied(
        {f: v for f, v in body.items() if v is not None or f in present}  # null removes the setting
    )
    faults += _fixed_faults(given, attribute)
    _drop_empty_where_none_belongs(attribute.type, given)
    sound = _sound_fields(given, faults)
    faults += _type_faults(attribute.type, given, sound, creating=False)
    faults += _count_faults(sound, limits)
    together = constraints.settings_set(present | sound)
    if not SETTING_FIELDS.keys().isdisjoint(sound):
        faults += constraints.combination_faults(attribute.type, together, limits)
        faults += _pattern_faults(attribute.type, sound)
    refuse(faults)
    changes = _with_flags({field: given[field] for field in _CHANGEABLE if field in given})
    if not changes:
        raise InvalidRequest(
            "NOTHING_TO_CHANGE",
            "There is nothing to change; give at least one of description, options, unit, "
            "isFilterable, isSortable, isRequired and the validation settings.",
        )
    if "defaultValue" in together and not _VALIDATED_TOGETHER.isdisjoint(changes):
        after = msgspec.convert(
            attribute.to_document() | changes | {"defaultValue": None}, Attribute
        )
        default = _default(after.definition(), together["defaultValue"], limits)
        if "defaultValue" in changes:
            changes["defaultValue"] = default
    return msgspec.convert(changes, AttributeChanges)


def _with_flags(changes: Mapping[str, Any]) -> dict[str, Any]:
    """A flag that is taken away by null is false."""
    return {
        field: False if field in SETTING_FLAGS and value is None else value
        for field, value in changes.items()
    }


def _default(definition: AttributeDefinition, value: Any, limits: Settings) -> Value:
    try:
        return constraints.typed_default(definition, value, limits)
    except ValueError as error:
        refuse([FieldFault("defaultValue", str(error))])
        raise


def _pattern_faults(kind: AttributeType, sound: Mapping[str, Any]) -> Iterator[FieldFault]:
    if is_set("pattern", sound.get("pattern")) and kind in constraints.TYPES_WITH["pattern"]:
        yield from constraints.pattern_faults(sound["pattern"])


def _tidied(given: dict[str, Any]) -> dict[str, Any]:
    """Without the blanks that cells lose too before they are compared."""
    for field in ("name", "unit"):
        if isinstance(given.get(field), str):
            given[field] = trimmed(given[field])
    for field in ("options", "headers"):
        if isinstance(given.get(field), list):
            given[field] = [trimmed(t) if isinstance(t, str) else t for t in given[field]]
    return given


def _sound_fields(given: Mapping[str, Any], faults: Sequence[FieldFault]) -> dict[str, Any]:
    """The fields whose shape is right, so that one mistake is reported once."""
    broken = {re.split(r"[.\[]", fault.field, maxsplit=1)[0] for fault in faults}
    return {field: value for field, value in given.items() if field not in broken}


def _drop_empty_where_none_belongs(kind: AttributeType, given: dict[str, Any]) -> None:
    """An empty list of options, or an empty unit, means none: a form that shows both fields for
    every type sends them empty."""
    if kind not in SELECT_TYPES and given.get("options") == []:
        del given["options"]
    if kind is not AttributeType.MEASURE and given.get("unit") == "":
        del given["unit"]
    constraints.tidy_settings(kind, given)


def _fixed_faults(given: Mapping[str, Any], attribute: Attribute) -> Iterator[FieldFault]:
    fixed = {"_id": attribute.id, "name": attribute.name, "type": attribute.type.value}
    words = {"_id": "id", "name": "name", "type": "type"}
    for field, value in fixed.items():
        if field in given and given[field] != value:
            yield FieldFault(
                field,
                f"The {words[field]} of an attribute cannot be changed; "
                "delete the attribute and make a new one.",
            )


def _type_faults(
    kind: AttributeType, given: Mapping[str, Any], sound: Mapping[str, Any], *, creating: bool
) -> Iterator[FieldFault]:
    if kind in SELECT_TYPES:
        if creating and "options" not in given:
            yield FieldFault("options", f"An attribute of type {kind} needs “options”.")
        if "options" in sound:
            yield from _option_faults(kind, sound["options"])
    elif "options" in given:
        yield FieldFault("options", f"An attribute of type {kind} has no options.")
    if kind is AttributeType.MEASURE:
        if creating and "unit" not in given:
            yield FieldFault("unit", "An attribute of type measure needs a “unit”, such as kg.")
        if "unit" in sound and (sentence := _unit_fault(sound["unit"])):
            yield FieldFault("unit", sentence)
    elif "unit" in given:
        yield FieldFault("unit", f"An attribute of type {kind} has no unit.")
    yield from constraints.type_faults(kind, given)


def _count_faults(sound: Mapping[str, Any], limits: Settings) -> Iterator[FieldFault]:
    count, most = len(sound.get("options", ())), limits.max_options_per_attribute
    if count > most:
        sentence = f"{count:,} “options” are too many; at most {most:,} may be."
        raised = can_be_raised("max_options_per_attribute")
        yield FieldFault("options", f"{sentence} {raised}")


def _option_faults(kind: AttributeType, options: Sequence[str]) -> Iterator[FieldFault]:
    if not options:
        yield FieldFault("options", "“options” must hold at least one value.")
    first_at: dict[str, int] = {}
    for index, option in enumerate(options):
        field, place = f"options[{index}]", f"Option {index + 1}"
        if not option:
            yield FieldFault(field, f"{place} is empty.")
        elif option in first_at:
            yield FieldFault(field, f"{place}, “{option}”, repeats option {first_at[option] + 1}.")
        elif has_control_characters(option):
            yield FieldFault(field, f"{place} holds a line break or another control character.")
        elif kind is AttributeType.MULTIPLE_SELECT and OPTION_SEPARATOR in option:
            yield FieldFault(
                field,
                f"{place}, “{option}”, holds a “{OPTION_SEPARATOR}”, "
                "which separates the values of a multiple select.",
            )
        first_at.setdefault(option, index)


def _unit_fault(unit: str) -> str | None:
    if not unit:
        return "“unit” must not be empty."
    if has_control_characters(unit):
        return "“unit” holds a line break or another control character."
    if _READS_AS_NUMBER.match(unit):
        return (
            f"The unit “{unit}” starts like a number, so it could not be separated from the value."
        )
    return None
