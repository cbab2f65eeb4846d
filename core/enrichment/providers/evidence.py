"""A product's values as the offline provider reads them: plain words, with their attributes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_TAG = re.compile(r"<[^<>]{0,1000}>")
_CASES = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the evidence for it."""

    value: Any
    sources: tuple[str, ...]
    """Attributes of the product."""
    confidence: float
    """0 to 1. A rough guess at how often such evidence is right, not a measured probability."""


@dataclass(frozen=True)
class Fact:
    attribute: str
    text: str
    """Without mark-up, and with each run of blanks reduced to one space."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words(self.text)

    @cached_property
    def spaced(self) -> str:
        """The words with spaces around each, so that a search finds only whole phrases."""
        return f" {' '.join(self.words)} "


@dataclass(frozen=True, slots=True)
class Facts:
    facts: tuple[Fact, ...]

    @classmethod
    def of(cls, known: Mapping[str, str]) -> Facts:
        plain = (Fact(attribute=name, text=plain_text(text)) for name, text in known.items())
        return cls(tuple(fact for fact in plain if fact.text))

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def without(self, attribute: str) -> Facts:
        return Facts(tuple(f for f in self.facts if f.attribute != attribute))

    def named(self, *names: str) -> Fact | None:
        """The first fact whose attribute's name ends with the words of one of the names."""
        for name in names:
            suffix = words(name)
            for fact in self.facts:
                if words(fact.attribute)[-len(suffix) :] == suffix:
                    return fact
        return None


def plain_text(text: str) -> str:
    """The text without tags and entities. A tag between two words keeps them apart. NUL, which HTML
    does not allow, becomes a blank."""
    return " ".join(
        html.unescape(_TAG.sub(" ", text.replace("\\n", " "))).replace("\0", " ").split()
    )


def words(text: str) -> tuple[str, ...]:
    """Words of letters and digits, in lower case; `CamelCase` is two words."""
    return tuple(word.casefold() for word in _WORD.findall(split_camel_case(text)))


def split_camel_case(text: str) -> str:
    return _CASES.sub(" ", text)
