"""The options of a select attribute: which one a text resembles, and how a sentence names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, reduce
from operator import or_

import polars as pl

OPTIONS_NAMED = 5
"""How many options a sentence lists before it gives the number of the others."""
LONGEST_COMPARED = 60
"""Characters; longer texts are not typing mistakes of an option."""


_COMPARED_SINGLY = 16
"""Up to so many options, comparing with each is cheaper than hashing every text."""


def is_one_of(text: pl.Expr, options: Sequence[str] | pl.Series) -> pl.Expr:
    """Is the text one of the options? Null for none."""
    if not 0 < len(options) <= _COMPARED_SINGLY:
        return text.is_in(pl.Series(options, dtype=pl.String).implode())
    return reduce(or_, (text == pl.lit(option) for option in options))


def named(options: Sequence[str]) -> str:
    """`"Red", "Blue" and 12 more`."""
    first = ", ".join(f'"{option}"' for option in options[:OPTIONS_NAMED])
    more = len(options) - OPTIONS_NAMED
    return f"{first} and {more} more" if more > 0 else first


class OptionFinder:
    """Finds the option that a rejected text resembles.

    Two texts resemble each other if they are equal apart from case, blanks and punctuation, or
    become so when at most one character is removed from each: that covers an extra, a missing, a
    wrong letter and two exchanged ones. The cost of a lookup depends on the length of the text
    only, so that a column full of mistakes stays affordable.
    """

    def __init__(self, options: Sequence[str]) -> None:
        self._options = options

    def nearest(self, text: str) -> str | None:
        key = _key(text)
        if not key or len(key) > LONGEST_COMPARED:
            return None
        candidates = [
            self._by_shortened_key[shortened]
            for shortened in _shortened(key)
            if shortened in self._by_shortened_key
        ]
        if not candidates:
            return None
        # an equal key first, then the first option of the definition
        return self._options[min(candidates, key=lambda at: (_key(self._options[at]) != key, at))]

    @cached_property
    def _by_shortened_key(self) -> dict[str, int]:
        """Every key, and every key less one character, to the position of its first option. Whole
        keys go in first: an equal text must find its own option, not a neighbour's."""
        found: dict[str, int] = {}
        keys = [_key(option) for option in self._options]
        for at, key in enumerate(keys):
            found.setdefault(key, at)
        for at, key in enumerate(keys):
            if len(key) <= LONGEST_COMPARED:
                for shortened in _shortened(key):
                    found.setdefault(shortened, at)
        found.pop("", None)
        return found


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _shortened(key: str) -> Iterator[str]:
    yield key
    if len(key) > 2:  # of two letters, one in common is no resemblance
        for at in range(len(key)):
            yield key[:at] + key[at + 1 :]


def allowed_sentence(options: Sequence[str]) -> str:
    return f"allowed: {named(options)}" if len(options) > 1 else f"only {named(options)} is allowed"


def did_you_mean(found: Iterable[str | None]) -> str:
    """`did you mean "Red"? `, or nothing."""
    options = list(dict.fromkeys(option for option in found if option is not None))
    return f"did you mean {named(options)}? " if options else ""
