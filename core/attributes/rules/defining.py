"""A definition's own pattern and default, validated by the engine and the rules that will use
them."""

from __future__ import annotations

from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.types.pattern import pattern_fault
from core.attributes.rules.values import validate_values
from core.settings import Settings

__all__ = ["pattern_fault", "read_default"]

_FIELD = "defaultValue"


def read_default(definition: AttributeDefinition, text: str, settings: Settings) -> Any:
    """The value of a product whose cell is empty, typed as a product stores it. Raises ValueError,
    with a sentence to follow the field's name, for a default that breaks the attribute's rules."""
    plain = msgspec.structs.replace(definition, name=_FIELD, default_value=None, is_required=False)
    result = validate_values({_FIELD: text}, [plain], settings)
    if result.faults:
        reason = result.faults[0].message.removeprefix(f'Attribute "{_FIELD}": ')
        raise ValueError(f"does not fit the attribute: {reason.removesuffix('.')}")
    if _FIELD not in result.values:
        raise ValueError("holds no value")
    return result.values[_FIELD]
