"""Reading options in the body of a request (`schemas/reading-options.json`)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.errors import FileRefused
from core.file_format import STRICT, ReadingOptions
from core.imports.mapping_rules import mapping_faults, target_faults
from core.imports.steps.checking import check_steps
from core.imports.steps.rules import step_faults
from core.imports.text.encodings import codec_named
from core.query_parameters import shown
from core.schemas import FieldFault

_ZONE_NAME = re.compile(r"UTC|[A-Z][A-Za-z_]*(?:/[A-Za-z0-9_+-]+)+")


class ReadingRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a call wants its file read."""

    profile: str | None = None
    """The name of one."""
    options: ReadingOptions | None = None
    """In place of those of the profile, each by itself."""


def option_faults(body: Mapping[str, Any], *, of_profile: bool = False) -> list[FieldFault]:
    """The faults of `options` that no schema can express, whatever their shape: an encoding that
    does not exist, a percentage that is NaN, one character for two purposes. With or in a profile,
    values are not read strictly unless it says so."""
    given = body.get("options")
    if not isinstance(given, Mapping):
        return []
    faults: list[FieldFault] = []
    percent, encoding = given.get("maxFaultyRowsPercent"), given.get("encoding")
    if isinstance(percent, float) and math.isnan(percent):
        sentence = "maxFaultyRowsPercent must be a number."
        faults.append(FieldFault("options.maxFaultyRowsPercent", sentence))
    if isinstance(encoding, str) and encoding:
        try:
            codec_named(encoding)
        except FileRefused as refused:  # the planner's refusal, before anything is uploaded
            faults.append(FieldFault("options.encoding", refused.message))
    signs = [given.get(name) for name in ("delimiter", "quoteChar", "escapeChar")]
    given_signs = [sign for sign in signs if isinstance(sign, str) and len(sign) == 1]
    if len(set(given_signs)) < len(given_signs):
        sentence = "delimiter, quoteChar and escapeChar must be different characters."
        faults.append(FieldFault("options.quoteChar", sentence))
    faults += mapping_faults(given.get("mapping"))
    locale = given.get("locale")
    faults += _locale_faults(locale)
    has_profile = of_profile or body.get("profile") is not None
    has_locale = has_profile if locale is None else locale != STRICT
    faults += step_faults(given.get("valueSteps"), has_locale=has_locale)
    return faults


def _locale_faults(locale: Any) -> Iterator[FieldFault]:
    if not isinstance(locale, Mapping):
        return
    zone = locale.get("timeZone")
    if isinstance(zone, str) and not _is_time_zone(zone):
        yield FieldFault(
            "options.locale.timeZone",
            f"“{shown(zone)}” is no time zone; give a name such as Europe/Berlin, or UTC.",
        )
    words = {name: locale.get(name) for name in ("trueWords", "falseWords", "emptyWords")}
    used: dict[str, str] = {}
    for name, given in words.items():
        for word in given if isinstance(given, list) else ():
            if not isinstance(word, str):
                continue
            field = f"options.locale.{name}"
            if not word.strip():
                yield FieldFault(field, f"A word of “{name}” is blank.")
            elif (other := used.setdefault(word.strip().lower(), name)) != name:
                yield FieldFault(field, f"“{word}” is both in “{other}” and in “{name}”.")


def _is_time_zone(name: str) -> bool:
    """Of the IANA's names those that the columns' time zones have too: not `posix/…` and the like,
    which a system may add."""
    if not _ZONE_NAME.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # OSError: the name of a folder
        return False
    return True


def requested_reading(given: Mapping[str, Any]) -> ReadingRequest:
    """`profile` and `options` of a body without faults."""
    return ReadingRequest(profile=given.get("profile"), options=options_of(given))


def options_of(given: Mapping[str, Any]) -> ReadingOptions | None:
    """The `options` of a body without faults; None when it has none."""
    if given.get("options") is None:
        return None
    # JSON Schema takes 2.0 for a whole number, and so does whoever sends it.
    return msgspec.convert(given["options"], ReadingOptions, strict=False)


def attribute_faults(
    options: ReadingOptions, definitions: Sequence[AttributeDefinition]
) -> list[FieldFault]:
    """The faults of options without other faults that only show next to the attributes."""
    faults = [*target_faults(options.mapping or (), definitions)]
    try:
        check_steps(options.value_steps or (), definitions)
    except FileRefused as refused:  # the planner's refusal
        faults.append(FieldFault("options.valueSteps", refused.message))
    return faults
