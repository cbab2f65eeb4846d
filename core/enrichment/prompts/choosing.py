"""Chooses the attributes of a product to fill, and explains why named ones are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.attributes.definitions import PROSE_TYPES, SUGGESTED_TYPES, AttributeDefinition
from core.attributes.identity import IDENTIFYING_NAMES, identifying_value
from core.enrichment.model import EnrichableProduct, Omission, OmissionCode
from core.enrichment.prompts.code_names import names_code
from core.jobs.orders import EnrichmentTerms

CODE_NAMES = frozenset(name.casefold() for name in IDENTIFYING_NAMES) - {"productname"}
"""The contract's names of codes, compared without regard to case. They count even if the attribute
is not marked as an identifier."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The attributes to request for one product."""

    requested: tuple[AttributeDefinition, ...]
    """In the order of the definitions."""
    omissions: tuple[Omission, ...]
    """One for each attribute that the caller named and that is not requested."""


def choose(
    product: EnrichableProduct, definitions: Sequence[AttributeDefinition], terms: EnrichmentTerms
) -> Choice:
    """The attributes to request. An attribute that has a value is requested only if the terms allow
    its replacement. Attributes that give the product its id, or that must be unique, never are."""
    requested: list[AttributeDefinition] = []
    omissions: list[Omission] = []
    named = None if terms.attributes is None else frozenset(terms.attributes)
    replaceable = frozenset(terms.replace)
    identifier = next((d.name for d in definitions if d.is_identifier), None)
    for definition in definitions:
        name = definition.name
        is_named = name in replaceable or (named is not None and name in named)
        if not (is_named or (named is None and definition.type in PROSE_TYPES)):
            continue
        reason = _not_supported(definition, product, identifier)
        if reason is not None:
            if is_named:
                omissions.append(_omission(name, OmissionCode.NOT_SUPPORTED, reason))
        elif is_present(product.values, name) and name not in replaceable:
            if is_named:
                omissions.append(
                    _omission(name, OmissionCode.ALREADY_THERE, "has a value, which is kept")
                )
        else:
            requested.append(definition)
    return Choice(requested=tuple(requested), omissions=tuple(omissions))


def is_present(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name)
    return value is not None and value not in ("", [])


def _not_supported(
    definition: AttributeDefinition, product: EnrichableProduct, identifier: str | None
) -> str | None:
    """Why no value is ever suggested, as the rest of a sentence; None if one may be."""
    if definition.type not in SUGGESTED_TYPES:
        return f"is of type {definition.type}, for which no values are suggested"
    if definition.is_unique or definition.is_identifier:
        return "must be unique, so no value is suggested"
    if definition.name.casefold() in CODE_NAMES:
        return "identifies products, so no value is suggested"
    if names_code(definition.name, definition.type):
        return "holds codes, judging by its name, and codes are never invented"
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


def _omission(attribute: str, code: OmissionCode, reason: str) -> Omission:
    return Omission(attribute=attribute, code=code, message=f'Attribute "{attribute}" {reason}.')
