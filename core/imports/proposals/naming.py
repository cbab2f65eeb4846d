"""Names for attributes: the header, or the nearest to it that can be one."""

from __future__ import annotations

import re
from collections.abc import Collection

from core.attributes.naming import attribute_id, name_fault, trimmed

_UNIT_AT_END = re.compile(r"^(?P<name>.*\S)\s*[\[(]\s*(?P<unit>[^\s\[\]()]{1,10})\s*[\])]$")
_FORBIDDEN = re.compile("[$.\ufffd]+|\\[(?:eq|in|gte|gt|lte|lt|ne|contains|startswith|exists)\\]$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}")
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

LONGEST_NAME = 90
"""Characters; a number may follow. Source: schemas/requests/create-attribute.json."""
LONGEST_HEADER = 200
"""Of the setting `headers`; the same source."""


def proposed_name(header: str, taken: Collection[str], position: int) -> str:
    """A name that no attribute has. `taken` are ids; `position` counts from 1."""
    name = header
    if name_fault(name) is not None:
        name = _CONTROL.sub(" ", _FORBIDDEN.sub(" ", name))
        name = trimmed(_BLANKS.sub(" ", _EMPTY_BRACKETS.sub(" ", name))).lstrip("_- ")
        if name_fault(name) is not None:
            name = f"{name} of the file" if name and name_fault(f"{name} x") is None else ""
        name = name or f"Column {position}"
    name = trimmed(name[:LONGEST_NAME])
    free, number = name, 2
    while attribute_id(free) in taken:
        free, number = f"{name} {number}", number + 1
    return free


def unit_in(header: str) -> tuple[str, str] | None:
    """Name and unit of a header such as `Weight (kg)`, whatever stands for a unit."""
    found = _UNIT_AT_END.match(header)
    return (found["name"], found["unit"]) if found else None


def words_of(header: str) -> list[str]:
    """In lower case: `itemNo_2` → item, no, 2."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", header))]
