"""Which attributes of a product are to be filled, and why the others that were named are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.identity import IDENTIFYING_NAMES, identifying_value
from core.enrichment.model import EnrichableProduct, Omission, OmissionCode
from core.enrichment.prompts.code_names import names_code
from core.jobs.orders import EnrichmentTerms

TEXT_TYPES = frozenset({AttributeType.SHORT_TEXT, AttributeType.LONG_TEXT, AttributeType.RICH_TEXT})
"""What is filled when the caller names no attribute (the contract: text-like ones)."""

SUGGESTED_TYPES = TEXT_TYPES | {
    AttributeType.NUMBER,
    AttributeType.SINGLE_SELECT,
    AttributeType.MULTIPLE_SELECT,
    AttributeType.MEASURE,
    AttributeType.BOOLEAN,
    AttributeType.DATE,
}
"""Addresses and barcodes are looked up, not written: one that was made up looks like a real one."""

CODE_NAMES = frozenset(name.casefold() for name in IDENTIFYING_NAMES) - {"productname"}
"""Codes by the contract's names, in any case, whether or not an attribute is marked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to ask for one product."""

    asked: tuple[AttributeDefinition, ...]
    """In the order of the definitions."""
    omissions: tuple[Omission, ...]
    """Of attributes that the caller named and that are not asked."""


def choose(
    product: EnrichableProduct, definitions: Sequence[AttributeDefinition], terms: EnrichmentTerms
) -> Choice:
    """The attributes to ask for. A value that is there is only asked where the terms let it be
    replaced; what gives a product its id, and what must be unique, never is."""
    asked: list[AttributeDefinition] = []
    omissions: list[Omission] = []
    named = None if terms.attributes is None else frozenset(terms.attributes)
    replaceable = frozenset(terms.replace)
    identifier = next((d.name for d in definitions if d.is_identifier), None)
    for definition in definitions:
        name = definition.name
        is_named = name in replaceable or (named is not None and name in named)
        if not (is_named or (named is None and definition.type in TEXT_TYPES)):
            continue
        reason = _not_supported(definition, product, identifier)
        if reason is not None:
            if is_named:
                omissions.append(_omission(name, OmissionCode.NOT_SUPPORTED, reason))
        elif is_present(product.values, name) and name not in replaceable:
            if is_named:
                omissions.append(
                    _omission(name, OmissionCode.ALREADY_THERE, "has a value, which stays")
                )
        else:
            asked.append(definition)
    return Choice(asked=tuple(asked), omissions=tuple(omissions))


def is_present(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name)
    return value is not None and value not in ("", [])


def _not_supported(
    definition: AttributeDefinition, product: EnrichableProduct, identifier: str | None
) -> str | None:
    """Why no value is ever suggested; None where one may be. The rest of a sentence."""
    if definition.type not in SUGGESTED_TYPES:
        return f"is of type {definition.type}, for which no values are suggested"
    if definition.is_unique or definition.is_identifier:
        return "must be unique, so no value is suggested"
    if definition.name.casefold() in CODE_NAMES:
        return "identifies products, so no value is suggested"
    if names_code(definition.name, definition.type):
        return "holds codes by its name, and a code is not made up, so no value is suggested"
    if _gives_id(definition.name, product, identifier):
        return "gives the product its id, so no value is suggested"
    return None


def _gives_id(name: str, product: EnrichableProduct, identifier: str | None) -> bool:
    """Would another value of this attribute give the product another id?"""
    if name not in IDENTIFYING_NAMES:
        return False
    before = identifying_value(product.values, identifier)
    after = identifying_value({**product.values, name: "\0"}, identifier)
    return product.id == before != after


def _omission(attribute: str, code: OmissionCode, says: str) -> Omission:
    return Omission(attribute=attribute, code=code, message=f'Attribute "{attribute}" {says}.')
