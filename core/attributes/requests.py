"""What a caller may say of an attribute: the bodies of POST and PUT, checked and typed.

The JSON Schemas judge the shape; here stands what hangs on the name and on the type. All faults
of a body are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core.attributes.definitions import OPTION_SEPARATOR, SELECT_TYPES, Attribute, AttributeType
from core.attributes.naming import has_control_characters, name_fault, trimmed
from core.errors import InvalidRequest
from core.schemas import FieldFault, field_faults, refuse, without_nulls

_CHANGEABLE = ("description", "options", "unit", "isFilterable", "isSortable", "isRequired")
_READS_AS_NUMBER = re.compile(r"[\d.,+\-]")


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


class AttributeChanges(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a PUT replaces; UNSET is what it leaves alone."""

    description: str | msgspec.UnsetType = msgspec.UNSET
    options: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    unit: str | msgspec.UnsetType = msgspec.UNSET
    is_filterable: bool | msgspec.UnsetType = msgspec.UNSET
    is_sortable: bool | msgspec.UnsetType = msgspec.UNSET
    is_required: bool | msgspec.UnsetType = msgspec.UNSET


def read_draft(body: Mapping[str, Any]) -> AttributeDraft:
    """The new attribute that a body describes. Raises InvalidRequest, naming every fault."""
    faults = field_faults("requests/create-attribute", body)
    given = _tidied(without_nulls(body))
    sound = _sound_fields(given, faults)
    if "name" in sound and (sentence := name_fault(sound["name"])):
        faults.append(FieldFault("name", sentence))
    if "type" in sound:
        kind = AttributeType(sound["type"])
        _drop_empty_where_none_belongs(kind, given)
        faults += _type_faults(kind, given, sound, creating=True)
    refuse(faults)
    return msgspec.convert(given, AttributeDraft)


def read_changes(body: Mapping[str, Any], attribute: Attribute) -> AttributeChanges:
    """What a body changes in an attribute. Raises InvalidRequest: `INVALID_FIELDS`, naming every
    fault, or `NOTHING_TO_CHANGE`. A value that the attribute has already is no fault."""
    faults = field_faults("requests/update-attribute", body)
    given = _tidied(without_nulls(body))
    faults += _fixed_faults(given, attribute)
    _drop_empty_where_none_belongs(attribute.type, given)
    faults += _type_faults(attribute.type, given, _sound_fields(given, faults), creating=False)
    refuse(faults)
    changes = {field: given[field] for field in _CHANGEABLE if field in given}
    if not changes:
        raise InvalidRequest(
            "NOTHING_TO_CHANGE",
            "There is nothing to change; give at least one of description, options, unit, "
            "isFilterable, isSortable and isRequired.",
        )
    return msgspec.convert(changes, AttributeChanges)


def _tidied(given: dict[str, Any]) -> dict[str, Any]:
    """Without the blanks that cells lose too before they are compared."""
    for field in ("name", "unit"):
        if isinstance(given.get(field), str):
            given[field] = trimmed(given[field])
    if isinstance(given.get("options"), list):
        given["options"] = [
            trimmed(option) if isinstance(option, str) else option for option in given["options"]
        ]
    return given


def _sound_fields(given: Mapping[str, Any], faults: Sequence[FieldFault]) -> dict[str, Any]:
    """The fields whose shape is right, so that one mistake is told once."""
    broken = {re.split(r"[.\[]", fault.field, maxsplit=1)[0] for fault in faults}
    return {field: value for field, value in given.items() if field not in broken}


def _drop_empty_where_none_belongs(kind: AttributeType, given: dict[str, Any]) -> None:
    """An empty list of options, or an empty unit, says that there is none: a form that shows both
    fields for every type sends them so."""
    if kind not in SELECT_TYPES and given.get("options") == []:
        del given["options"]
    if kind is not AttributeType.MEASURE and given.get("unit") == "":
        del given["unit"]


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
        return f"The unit “{unit}” starts like a number, so it could not be told from the value."
    return None
