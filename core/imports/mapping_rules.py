"""The faults of a mapping that no schema can express, without and with the attributes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.naming import UNIT_SUFFIX, VALUE_SUFFIX, trimmed
from core.file_format import MappingRule
from core.schemas import FieldFault
from core.wording import shortened

MAPPING_MAX_BYTES = 32 * 1024
"""As ASCII JSON: it travels between the states of a machine, whose limit is 256 KiB."""


def mapping_faults(mapping: Any) -> Iterator[FieldFault]:
    """Of `options.mapping`, whatever its shape: rules without a meaning, a header that two rules
    name, an attribute that is fed twice."""
    if not isinstance(mapping, list):
        return
    if len(json.dumps(mapping)) > MAPPING_MAX_BYTES:
        limit = f"{MAPPING_MAX_BYTES:,} bytes"
        yield FieldFault("options.mapping", f"“mapping” must not be longer than {limit} of JSON.")
        return
    named: dict[str, int] = {}
    fed: dict[str, int] = {}
    for at, rule in enumerate(mapping):
        if not isinstance(rule, Mapping):
            continue
        place = f"options.mapping[{at}]"
        yield from (FieldFault(place, sentence) for sentence in _shape_faults(rule))
        attribute = rule.get("attribute")
        if isinstance(attribute, str):
            before = fed.setdefault(trimmed(attribute), at)
            if before != at:
                yield FieldFault(
                    f"{place}.attribute",
                    f"Rules {before + 1} and {at + 1} of “mapping” both feed the attribute "
                    f"“{shortened(attribute)}”; several headers of one rule are joined.",
                )
        headers = rule.get("headers")
        for header in headers if isinstance(headers, list) else ():
            if not isinstance(header, str):
                continue
            if not (key := trimmed(header)):
                yield FieldFault(f"{place}.headers", "A header of “mapping” is blank.")
            elif key in named:
                yield FieldFault(
                    f"{place}.headers", f"“mapping” names the header “{shortened(header)}” twice."
                )
            named.setdefault(key, at)


def target_faults(
    mapping: Sequence[MappingRule], definitions: Sequence[AttributeDefinition]
) -> Iterator[FieldFault]:
    """Of the rules of a mapping without other faults: an attribute that does not exist, or a
    measure that is fed as a whole and by its value."""
    parts = _parts(definitions)
    fed: dict[tuple[str, str], str] = {}
    for at, rule in enumerate(mapping):
        if rule.attribute is None:
            continue
        name, field = trimmed(rule.attribute), f"options.mapping[{at}].attribute"
        part = parts.get(name)
        if part is None:
            sentence = f"There is no attribute “{shortened(name)}”, which “mapping” names."
            yield FieldFault(field, sentence)
        elif (other := fed.setdefault(part, name)) != name:
            sentence = f"“{other}” and “{name}” of “mapping” both feed the attribute “{part[0]}”."
            yield FieldFault(field, sentence)


def _parts(definitions: Sequence[AttributeDefinition]) -> dict[str, tuple[str, str]]:
    """What a rule may name → attribute, and the part of it that is fed."""
    parts = {d.name: (d.name, VALUE_SUFFIX) for d in definitions}
    for definition in definitions:
        if definition.type is AttributeType.MEASURE:
            for suffix in (VALUE_SUFFIX, UNIT_SUFFIX):
                parts.setdefault(definition.name + suffix, (definition.name, suffix))
    return parts


def _shape_faults(rule: Mapping[str, Any]) -> Iterator[str]:
    headers, constant = rule.get("headers"), rule.get("constant")
    if headers is None and constant is None:
        yield "A rule of “mapping” needs “headers” or a “constant”."
    if headers is not None and constant is not None:
        yield "A rule of “mapping” has “headers” or a “constant”, not both."
    if constant is not None and rule.get("attribute") is None:
        yield "A “constant” of “mapping” needs the “attribute” that it is for."
    if isinstance(constant, str) and not trimmed(constant):
        yield "A “constant” of “mapping” is blank."
    joins = isinstance(headers, list) and len(headers) > 1 and rule.get("attribute") is not None
    if rule.get("joinedBy") is not None and not joins:
        yield "“joinedBy” needs several “headers” that feed an “attribute”."
