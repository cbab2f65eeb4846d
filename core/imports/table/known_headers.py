"""The meaning of headers: which attribute, or part of a measure, a column feeds.

A header is looked up in this order: in the caller's mapping; among the names of attributes,
exactly; among the same as `canonical` reads them; among the other headers that attributes answer
to; and, if the caller says so, without regard to case, blanks, hyphens and underscores. A loose
spelling that two attributes share belongs to neither. A header that two attributes answer to is
refused, unless the mapping or a name settles it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from core.attributes.comparing import canonical
from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.naming import UNIT_SUFFIX, VALUE_SUFFIX
from core.attributes.rules.model import ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.errors import FileRefused
from core.file_format import HeaderMatching, MappingRule, ReadingOptions
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import RefusalCode

UNIT_SPELLINGS = (
    *("{} Unit", "{} Units", "{} UOM", "{} Unit of Measure", "{} Measurement Unit", "{} Einheit"),
    *("{}seinheit", "{} unité", "{} unidad", "Unit of {}", "Units of {}", "UOM {}"),
)
"""Of the header of a column of units, beside one of values; case, blanks and punctuation do not
count. Not `Unit Weight`, the weight of one."""
_LOOSE = re.compile("[\\s_\\-\u2010\u2011]+")


class Meaning(NamedTuple):
    """The role of a column, and the attribute that it feeds (empty if the column is left out)."""

    role: ColumnRole
    attribute: str

    @property
    def part(self) -> tuple[str, bool]:
        """What no two columns may feed."""
        return self.attribute, self.role is ColumnRole.MEASURE_UNIT


class Match(NamedTuple):
    meaning: Meaning
    as_spelled: str | None = None
    """The header that was expected, if the file's is another one that nobody mapped."""


class KnownHeaders:
    """Raises FileRefused: MAPPING_INVALID for a mapping to an attribute that does not exist, and
    AMBIGUOUS_HEADER when a column is looked up that two attributes answer to."""

    def __init__(self, definitions: Sequence[AttributeDefinition], options: ReadingOptions) -> None:
        self.exact = _exact_headers(definitions)
        self._names = {definition.name for definition in definitions}
        self.rules = options.mapping or ()
        self._mapped = self._by_header()
        self._by_canonical = _without_shared((canonical(h), h) for h in self.exact)
        answering = [(canonical(header), d.name) for d in definitions for header in d.headers]
        self._answering = _without_shared(answering)
        self._claims = answering
        self._loose: Mapping[str, str] = {}
        if options.headers is HeaderMatching.LOOSE:
            own = [(_loosened(header), header) for header in self.exact]
            others = [(_loosened(header), d.name) for d in definitions for header in d.headers]
            self._loose = _without_shared([*own, *others])
        measures = [d.name for d in definitions if d.type is AttributeType.MEASURE]
        self._units = {
            squeezed(spelling.format(name)): name
            for name in reversed(measures)
            for spelling in UNIT_SPELLINGS
        }

    @property
    def written(self) -> set[str]:
        """Headers as they may stand in a file, to recognise the row that holds them."""
        return {*self._names, *self._mapped, *self._answering}

    def get(self, header: str) -> Meaning | None:
        for tier in self._tiers:
            if found := tier(header):
                return found.meaning
        return None

    def of(self, headers: Sequence[str]) -> list[Match | None]:
        """The meaning of each. What is known by a mapping or a name goes before other spellings,
        which are then ignored."""
        found: list[Match | None] = [None] * len(headers)
        fed: set[tuple[str, bool]] = set()
        mapped, exact, *other_spellings = self._tiers
        for at, header in enumerate(headers):
            found[at] = mapped(header) or exact(header)
        for tier in other_spellings:
            fed |= {match.meaning.part for match in found if match is not None}
            for at, header in enumerate(headers):
                if found[at] is None and (match := tier(header)) and match.meaning.part not in fed:
                    found[at] = match
        for header, match in zip(headers, found, strict=True):
            if match is None:
                self._refuse_claimed_twice(header)
        return found

    def _refuse_claimed_twice(self, header: str) -> None:
        spelling = canonical(header)
        claimants = sorted({name for claimed, name in self._claims if claimed == spelling})
        if spelling and len(claimants) > 1:
            one, other = (f'"{shown_text(c, HEADER_SHOWN_CHARACTERS)}"' for c in claimants[:2])
            raise FileRefused(
                RefusalCode.AMBIGUOUS_HEADER,
                f'The header "{shown_text(header, HEADER_SHOWN_CHARACTERS)}" belongs to the '
                f"attributes {one} and {other}: both have it among their other headers. Take it "
                "from one of them, or say in a mapping which one is meant.",
            )

    def unit_of(self, header: str) -> str | None:
        """The measure whose unit the header seems to name, however that is written."""
        return self._units.get(squeezed(header))

    def rule_of(self, header: str) -> MappingRule | None:
        found = self._mapped.get(canonical(header))
        return found[1] if found else None

    @cached_property
    def _tiers(self) -> tuple[Callable[[str], Match | None], ...]:
        return self._by_rule, self._by_name, self._by_look, self._by_answering, self._by_loose

    def _by_rule(self, header: str) -> Match | None:
        found = self._mapped.get(canonical(header)) if self._mapped else None
        return Match(found[0]) if found else None

    def _by_name(self, header: str) -> Match | None:
        meaning = self.exact.get(header)
        return Match(meaning) if meaning else None

    def _by_look(self, header: str) -> Match | None:
        return self._match(self._by_canonical.get(canonical(header)), is_noted=False)

    def _by_answering(self, header: str) -> Match | None:
        return self._match(self._answering.get(canonical(header)) if self._answering else None)

    def _by_loose(self, header: str) -> Match | None:
        return self._match(self._loose.get(_loosened(header)) if self._loose else None)

    def _match(self, known: str | None, *, is_noted: bool = True) -> Match | None:
        return Match(self.exact[known], known if is_noted else None) if known else None

    def _mapped_headers(self) -> Iterator[tuple[str, tuple[Meaning, MappingRule]]]:
        for rule in self.rules:
            meaning = Meaning(ColumnRole.LEFT_OUT, "")
            if rule.attribute is not None:
                meaning = self._target(rule.attribute)
            for header in rule.headers:
                yield canonical(trim(header)), (meaning, rule)

    def _by_header(self) -> dict[str, tuple[Meaning, MappingRule]]:
        mapped: dict[str, tuple[Meaning, MappingRule]] = {}
        for header, meant in self._mapped_headers():
            if header in mapped:
                raise FileRefused(
                    RefusalCode.MAPPING_INVALID,
                    f'The mapping names the header "{shown_text(header, HEADER_SHOWN_CHARACTERS)}" '
                    "twice. Remove one of its rules.",
                )
            mapped[header] = meant
        return mapped

    def _target(self, attribute: str) -> Meaning:
        if meaning := self.exact.get(trim(attribute)):
            return meaning
        raise FileRefused(
            RefusalCode.MAPPING_INVALID,
            f'The mapping names the attribute "{shown_text(attribute, HEADER_SHOWN_CHARACTERS)}", '
            "which does not exist. Define it, or change the mapping.",
        )


def _exact_headers(definitions: Sequence[AttributeDefinition]) -> dict[str, Meaning]:
    """The headers that mean something by themselves, exactly as they must be written."""
    known = {d.name: Meaning(ColumnRole.VALUE, d.name) for d in definitions}
    for definition in definitions:
        if definition.type is AttributeType.MEASURE:
            name = definition.name
            known.setdefault(name + VALUE_SUFFIX, Meaning(ColumnRole.MEASURE_VALUE, name))
            known.setdefault(name + UNIT_SUFFIX, Meaning(ColumnRole.MEASURE_UNIT, name))
    return known


def _without_shared(spellings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Spelling → known header, for the spellings that belong to one alone."""
    pairs = set(spellings)
    count = Counter(spelling for spelling, _ in pairs)
    return {spelling: known for spelling, known in pairs if spelling and count[spelling] == 1}


def squeezed(header: str) -> str:
    """Without case, blanks and punctuation."""
    return "".join(filter(str.isalnum, canonical(header).casefold()))


def _loosened(header: str) -> str:
    """Without case, blanks, hyphens and underscores."""
    return _LOOSE.sub("", canonical(header).casefold())
