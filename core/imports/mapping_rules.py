"""The faults of a mapping that no schema can express."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.attributes.naming import trimmed
from core.schemas import FieldFault

MAPPING_MAX_BYTES = 32 * 1024
"""As ASCII JSON: it travels between the states of a machine, whose limit is 256 KiB."""
SHOWN_CHARACTERS = 60


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
                    f"“{_shown(attribute)}”; several headers of one rule are joined.",
                )
        headers = rule.get("headers")
        for header in headers if isinstance(headers, list) else ():
            if not isinstance(header, str):
                continue
            if not (key := trimmed(header)):
                yield FieldFault(f"{place}.headers", "A header of “mapping” is blank.")
            elif key in named:
                yield FieldFault(
                    f"{place}.headers", f"“mapping” names the header “{_shown(header)}” twice."
                )
            named.setdefault(key, at)


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


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
