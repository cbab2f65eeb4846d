"""The JSON Schema of an answer, generated from the requested attributes.

    {"<key>": {"drawnFrom": ["Notes"], "value": "red", "confidence": 0.8}, …}

It keeps to what OpenAI's strict structured outputs accept: every property required, no other ones,
"I don't know" as null, at most 1,000 enum values in all, an enum of over 250 values at most 15,000
characters, 120,000 characters of names and enum values together, no `maxLength`
(https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas"). The descriptions
state what the schema cannot express, and the rules validate every answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.enrichment.prompts.markup import ALLOWED_TAGS
from core.enrichment.prompts.questions import RequestedAttribute
from core.enrichment.providers.prompt import Schema

VALUE, CONFIDENCE, DRAWN_FROM = "value", "confidence", "drawnFrom"
"""The fields of one attribute in an answer."""

ENUM_MAX_VALUES = 1_000
LARGE_ENUM_VALUES = 250
LARGE_ENUM_MAX_CHARACTERS = 15_000
ENUM_MAX_CHARACTERS = 100_000
"""Of all enums together: the limit of 120,000 less the names of 200 attributes."""

LISTED_OPTIONS_MAX_CHARACTERS = 6_000
"""Of one attribute's options in its description, where they do not fit into an enum."""

_T = AttributeType

_WORDS: dict[AttributeType, str] = {
    _T.SHORT_TEXT: "a short text on one line, without mark-up",
    _T.LONG_TEXT: "a text, without mark-up",
    _T.RICH_TEXT: (
        f"a text in simple HTML: {', '.join(ALLOWED_TAGS)} and nothing else, without attributes"
    ),
    _T.NUMBER: "a number",
    _T.MEASURE: "a measure, as a number",
    _T.SINGLE_SELECT: "one of the options, exactly as written",
    _T.MULTIPLE_SELECT: "those of the options that apply, exactly as written",
    _T.BOOLEAN: "true or false",
    _T.DATE: "a day, as YYYY-MM-DD",
}


def answer_schema(requested: Sequence[RequestedAttribute], *, with_bounds: bool) -> Schema:
    """`with_bounds`: use the keywords `minimum` and `maximum`. OpenAI accepts them. Some servers
    that speak its protocol, and some models of Bedrock, do not."""
    enums = _with_enum(requested)
    return _object(
        {each.key: _entry(each, each.key in enums, with_bounds=with_bounds) for each in requested}
    )


def _entry(requested: RequestedAttribute, is_enum: bool, *, with_bounds: bool) -> Schema:
    entry = _object(
        {
            DRAWN_FROM: {
                "type": "array",
                "items": {"type": "string"},
                "description": "Names of the known attributes that the value was drawn from.",
            },
            VALUE: _value(requested.definition, is_enum, with_bounds=with_bounds),
            CONFIDENCE: {
                "type": "number",
                "description": "From 0 to 1: how likely the value is right.",
            },
        }
    )
    return entry | {"description": _description(requested, is_enum)}


def _value(definition: AttributeDefinition, is_enum: bool, *, with_bounds: bool) -> Schema:
    option: Schema = {"type": "string"}
    if is_enum:
        option["enum"] = list(definition.options)
    match definition.type:
        case _T.NUMBER | _T.MEASURE:
            number: Schema = {"type": "integer" if definition.decimals == 0 else "number"}
            if with_bounds and definition.min is not None:
                number["minimum"] = definition.min
            if with_bounds and definition.max is not None:
                number["maximum"] = definition.max
            return _or_null(number)
        case _T.BOOLEAN:
            return _or_null({"type": "boolean"})
        case _T.SINGLE_SELECT:
            return _or_null(option)
        case _T.MULTIPLE_SELECT:
            return _or_null({"type": "array", "items": option})
        case _:
            return _or_null({"type": "string"})


def _description(requested: RequestedAttribute, is_enum: bool) -> str:
    definition = requested.definition
    limits = []
    if definition.type is _T.MEASURE:
        limits.append(f"in {definition.unit}, converted to it where necessary")
    if requested.max_characters is not None:
        limits.append(f"at most {requested.max_characters} characters")
    if definition.min is not None:
        limits.append(f"{definition.min} or more")
    if definition.max is not None:
        limits.append(f"{definition.max} or less")
    if definition.decimals is not None:
        limits.append(f"at most {definition.decimals} decimal places")
    if definition.pattern is not None:
        limits.append(f"as a whole matching the regular expression {definition.pattern}")
    if definition.options and not is_enum:
        limits.append(f"options: {_listed(definition.options)}")
    form = "; ".join([_WORDS.get(definition.type, "a text"), *limits])
    meaning = f" {requested.description.strip()}" if requested.description.strip() else ""
    return f'Attribute "{definition.name}":{meaning} ({form}). Null when it is not known.'


def _with_enum(requested: Sequence[RequestedAttribute]) -> set[str]:
    """The keys of the attributes whose options fit into the limits, shortest lists first."""
    enums: set[str] = set()
    values = characters = 0
    for each in sorted(requested, key=lambda one: len(one.definition.options)):
        options = each.definition.options
        length = sum(map(len, options))
        if not options or (len(options) > LARGE_ENUM_VALUES and length > LARGE_ENUM_MAX_CHARACTERS):
            continue
        if values + len(options) > ENUM_MAX_VALUES or characters + length > ENUM_MAX_CHARACTERS:
            break
        enums.add(each.key)
        values += len(options)
        characters += length
    return enums


def _listed(options: Sequence[str]) -> str:
    named: list[str] = []
    length = 0
    for option in options:
        length += len(option) + 2
        if length > LISTED_OPTIONS_MAX_CHARACTERS:
            return f"{' | '.join(named)} | and {len(options) - len(named)} more"
        named.append(option)
    return " | ".join(named)


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
