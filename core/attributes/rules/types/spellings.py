"""Texts that differ from an option of a select attribute only in their spelling."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from core.attributes.comparing import canonical
from core.attributes.rules.whitespace import trim

_SEPARATORS = {
    ",": "a comma",
    "|": "a vertical bar",
    "/": "a slash",
    "\n": "a line break",
    "\r": "a line break",
    "\t": "a tab",
    "+": "a plus sign",
    "&": "an ampersand",
    ">": "a >",
    "\u3001": "U+3001 IDEOGRAPHIC COMMA",
    "\uff0c": "U+FF0C FULLWIDTH COMMA",
    "\uff1b": "U+FF1B FULLWIDTH SEMICOLON",
    "\u061b": "U+061B ARABIC SEMICOLON",
    "\u060c": "U+060C ARABIC COMMA",
    ";": "a semicolon",
}


class Spellings:
    """Knows the options by what `canonical` makes of them. Options that it makes equal are known
    only as they are."""

    def __init__(self, options: Sequence[str]) -> None:
        self._options = options

    @cached_property
    def some_are_odd(self) -> bool:
        """Is an option written so that a plain text would be another spelling of it?"""
        return any(canonical(option) != option for option in self._options)

    @cached_property
    def _by_canonical(self) -> dict[str, str]:
        keys = Counter(map(canonical, self._options))
        return {key: o for o in self._options if keys[key := canonical(o)] == 1}

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(self._options)

    def meant(self, text: str) -> str:
        """The option that the text is, or the text."""
        return text if text in self._all else self._by_canonical.get(canonical(text), text)

    def listed(self, text: str) -> tuple[str, list[str]] | None:
        """If the text is a list of options: what separates them, in words, and the options. One
        part may be another text, which is a separate mistake."""
        for separator, name in _SEPARATORS.items():
            if separator not in text:
                continue
            parts = [trim(part) for part in re.split(f"{re.escape(separator)}+", text)]
            parts = list(dict.fromkeys(self.meant(part) for part in parts if part))
            known = sum(part in self._all for part in parts)
            if known >= 2 or (known == 1 and len(parts) == 2):
                return name, parts
        return None
