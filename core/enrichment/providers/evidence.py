"""A product's values as the offline provider reads them: plain words, and where they stand."""

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
    """A value, and what speaks for it."""

    value: Any
    sources: tuple[str, ...]
    """Attributes of the product."""
    confidence: float
    """0 to 1. Rough: how often such evidence is right, not a measured probability."""


@dataclass(frozen=True)
class Fact:
    attribute: str
    text: str
    """Without mark-up, each run of blanks one space."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words(self.text)

    @cached_property
    def spaced(self) -> str:
        """The words with a space around each, so that a phrase is found as a whole."""
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
        """The first fact whose attribute's words are, or end with, those of one of the names."""
        for name in names:
            wanted = words(name)
            for fact in self.facts:
                own = words(fact.attribute)
                if own[-len(wanted) :] == wanted:
                    return fact
        return None


def plain_text(text: str) -> str:
    """Without tags and entities; a tag between two words leaves them two. HTML has no NUL."""
    return " ".join(
        html.unescape(_TAG.sub(" ", text.replace("\\n", " "))).replace("\0", " ").split()
    )


def words(text: str) -> tuple[str, ...]:
    """Letters and digits in lower case; `CamelCase` of a name is two words."""
    return tuple(word.casefold() for word in _WORD.findall(apart(text)))


def apart(text: str) -> str:
    """`CamelCase` as two words."""
    return _CASES.sub(" ", text)
