"""Which attributes columns resemble: by the words of their headers, by the type and the units of
their cells, and by values that options and products have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import msgspec

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.naming import UNIT_SUFFIX, VALUE_SUFFIX
from core.imports.proposals.evidence import ColumnEvidence
from core.imports.proposals.model import Proposal
from core.imports.proposals.naming import unit_in, words_of
from core.imports.table.known_headers import squeezed

_T = AttributeType
LEAST_CONFIDENCE = 0.5
LEAST_LEAD = 0.05
"""Of the best attribute over the next: with less, nothing says which of the two is meant."""
LEAST_SPELLING = 0.75
"""Likeness of two spellings that differ in a slip or an ending."""
EXAMPLES = 3
_SAME_WORDS = (
    {"sku", "artnr", "artikelnr", "artikelnummer", "itemno", "itemnumber"},
    {"ean", "ean13", "gtin", "barcode", "upc"},
    {"name", "title", "bezeichnung", "titel", "nom", "nombre", "titre", "designation"},
    {"description", "beschreibung", "descripcion", "text"},
    {"price", "preis", "prix", "precio", "prezzo", "msrp", "rrp", "uvp"},
    {"colour", "color", "farbe", "couleur", "colore"},
    {"brand", "marke", "marque", "manufacturer", "hersteller", "vendor"},
    {"quantity", "qty", "stock", "bestand", "menge", "anzahl"},
    {"category", "categories", "kategorie", "categorie", "warengruppe"},
    {"image", "images", "picture", "photo", "bild", "foto"},
    {"weight", "gewicht", "poids", "peso"},
    {"width", "breite", "largeur"},
    {"height", "höhe", "hauteur"},
    {"length", "länge", "longueur"},
    {"depth", "tiefe", "profondeur"},
    {"size", "größe", "taille"},
)
_MEANING = {word: min(words) for words in _SAME_WORDS for word in words}
_WITHOUT_OWN_VALUES = frozenset({_T.NUMBER, _T.BOOLEAN, _T.DATE, _T.DATETIME, _T.MEASURE})
"""Types whose values occur in columns of any meaning."""
_TEXTS = frozenset({_T.SHORT_TEXT, _T.LONG_TEXT, _T.RICH_TEXT})
_TYPES_THAT_FIT: Mapping[AttributeType, frozenset[AttributeType]] = {
    _T.NUMBER: frozenset({_T.NUMBER, _T.BOOLEAN}),
    _T.MEASURE: frozenset({_T.MEASURE, _T.NUMBER}),
    _T.BOOLEAN: frozenset({_T.BOOLEAN}),
    _T.DATE: frozenset({_T.DATE}),
    _T.DATETIME: frozenset({_T.DATETIME, _T.DATE}),
    _T.BARCODE: frozenset({_T.BARCODE, _T.SHORT_TEXT, _T.NUMBER}),
    _T.URL: frozenset({_T.URL, _T.IMAGE}),
    _T.IMAGE: frozenset({_T.IMAGE, _T.URL}),
    _T.SINGLE_SELECT: _TEXTS | {_T.SINGLE_SELECT, _T.NUMBER, _T.BOOLEAN},
    _T.MULTIPLE_SELECT: _TEXTS | {_T.SINGLE_SELECT, _T.MULTIPLE_SELECT},
}
"""Type of an attribute → types of columns whose cells may be its values. Every cell is a text."""


class Resemblance(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A column and the attribute that it may feed."""

    header: str
    column: int
    """1 is the first column."""
    attribute: str
    confidence: float
    """0 to 1."""
    reason: str
    unit_header: str | None = None
    """Of the column with the units, where a measure has two."""
    examples: tuple[str, ...] = ()
    """Values of the column that the attribute has, too."""

    @property
    def rules(self) -> list[dict[str, object]]:
        """Of `options.mapping`."""
        if self.unit_header is None:
            return [{"headers": [self.header], "attribute": self.attribute}]
        return [
            {"headers": [self.header], "attribute": f"{self.attribute}{VALUE_SUFFIX}"},
            {"headers": [self.unit_header], "attribute": f"{self.attribute}{UNIT_SUFFIX}"},
        ]


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute that no column of the file feeds."""

    definition: AttributeDefinition
    values: frozenset[str]
    """Its options, and values of some products."""


def resemblances(
    columns: Iterable[tuple[Proposal, ColumnEvidence]], targets: Sequence[Target]
) -> list[Resemblance]:
    """The best pairs by names, types and values; see `best_pairs`."""
    return best_pairs(
        [found for target in targets if (found := _resemblance(column, evidence, target))]
        for column, evidence in columns
    )


def best_pairs(of_columns: Iterable[Iterable[Resemblance]]) -> list[Resemblance]:
    """Of what each column resembles: each column and each attribute at most once, in the order of
    the columns. A column that resembles two attributes alike is left to a person."""
    candidates = []
    for of_column in of_columns:
        scored = sorted(of_column, key=lambda found: (-found.confidence, found.attribute))
        if scored and (
            len(scored) == 1 or scored[0].confidence - scored[1].confidence >= LEAST_LEAD
        ):
            candidates.append(scored[0])
    chosen: dict[str, Resemblance] = {}
    rivals: set[str] = set()
    for found in sorted(candidates, key=lambda found: (-found.confidence, found.column)):
        first = chosen.setdefault(found.attribute, found)
        if first is not found and first.confidence - found.confidence < LEAST_LEAD:
            rivals.add(found.attribute)
    return sorted(
        (found for name, found in chosen.items() if name not in rivals),
        key=lambda found: found.column,
    )


def can_feed(column: Proposal, definition: AttributeDefinition) -> bool:
    """Can the cells be values of the attribute, by their type?"""
    kind = AttributeType(column.attribute["type"])
    if column.unit_header is not None and definition.type is not _T.MEASURE:
        return False
    return kind in _TYPES_THAT_FIT.get(definition.type, frozenset(AttributeType))


def _resemblance(column: Proposal, evidence: ColumnEvidence, target: Target) -> Resemblance | None:
    definition = target.definition
    if not can_feed(column, definition):
        return None
    kind = AttributeType(column.attribute["type"])
    name = max(_likeness(column.header, known) for known in (definition.name, *definition.headers))
    shared = shared_values(evidence, target)
    values = len(shared) / len(evidence.values) if shared and evidence.values else 0.0
    if definition.options and not shared:
        name *= 0.5  # no cell is one of its options
    by_name = 0.9 * name + (0.05 if kind is definition.type and name else 0.0)
    confidence = round(min(1 - (1 - by_name) * (1 - 0.85 * values), 0.99), 2)
    if confidence < LEAST_CONFIDENCE:
        return None
    return Resemblance(
        header=column.header,
        column=column.column,
        unit_header=column.unit_header,
        attribute=definition.name,
        confidence=confidence,
        reason=_reason(name, values, column.header, definition.name),
        examples=tuple(shared[:EXAMPLES]),
    )


def _likeness(header: str, name: str) -> float:
    """Of two names, 0 to 1."""
    if (found := unit_in(header)) is not None:
        header = found[0]
    one, other = squeezed(header), squeezed(name)
    if not one or not other:
        return 0.0
    if one == other or _MEANING.get(one, one) == _MEANING.get(other, other):
        return 1.0
    ours, theirs = (frozenset(_MEANING.get(w, w) for w in words_of(t)) for t in (header, name))
    common = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    spelt = SequenceMatcher(None, one, other).ratio()
    return max(common, spelt if spelt >= LEAST_SPELLING else 0.0)


def shared_values(evidence: ColumnEvidence, target: Target) -> list[str]:
    """Texts of the column that the attribute has too, the most frequent first. Numbers are no
    evidence: each column of prices has some in common with each other one."""
    if target.definition.type in _WITHOUT_OWN_VALUES:
        return []
    known = {value.casefold() for value in target.values}
    counts = evidence.values or {}
    texts = [text for text in counts if text.casefold() in known]
    return sorted(texts, key=lambda text: (-counts[text], text))


def _reason(name: float, values: float, header: str, attribute: str) -> str:
    reasons = []
    if name == 1:
        reasons.append(f"“{header}” and “{attribute}” name the same")
    elif name >= LEAST_CONFIDENCE:
        reasons.append(f"“{header}” resembles “{attribute}”")
    if values:
        reasons.append(f"{values:.0%} of the different values are known of the attribute")
    return f"{', and '.join(reasons) or 'Header and values are alike'}."
