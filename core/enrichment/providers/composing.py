"""Composes titles and descriptions from the known values, and adds nothing to them."""

from __future__ import annotations

import html

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.code_names import names_code
from core.enrichment.prompts.questions import NAME_ATTRIBUTES, RequestedAttribute
from core.enrichment.providers.evidence import Fact, Facts, Found, words

TITLE, DESCRIPTION = 0.5, 0.5
"""Confidence: every part is true, but a person would word it better."""

_BRANDS = ("brand", "manufacturer", "maker", "vendor", "marke", "hersteller", "marque")
_KINDS = ("product type", "type", "category", "kind", "family", "produkttyp", "kategorie")
_COLOURS = ("color", "colour", "farbe", "couleur")
_SIZES = ("size", "größe", "taille")
_MATERIALS = ("material", "composition", "matière")

_TITLE_WORDS = frozenset(
    {"name", "title", "headline", "heading", "titel", "titre", "label", "subtitle"}
)
_DESCRIPTION_WORDS = frozenset(
    {"description", "summary", "text", "details", "overview", "beschreibung", "copy", "teaser"}
)

FEATURES_NAMED = 6
FEATURE_MAX_CHARACTERS = 60
"""Longer values are texts of their own, not features to list."""


def compose(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """A title for names and titles, a sentence for descriptions. None for any other attribute, and
    if too little is known."""
    if attribute.definition.pattern is not None:
        return None  # a composed text would match it only by luck
    own = set(words(attribute.definition.name))
    if own & _DESCRIPTION_WORDS:
        return _description(attribute, facts)
    if own & _TITLE_WORDS and attribute.definition.type is not AttributeType.RICH_TEXT:
        return _title(attribute, facts)
    return None


def _title(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """Brand, kind, colour, size: as many as fit, at least two."""
    chosen: list[Fact] = []
    name = _name(facts)
    for fact in (
        facts.named(*_BRANDS),
        name if name is not None else facts.named(*_KINDS),
        facts.named(*_MATERIALS) if name is None else None,
        facts.named(*_COLOURS),
        facts.named(*_SIZES),
    ):
        if fact is None or fact in chosen or len(fact.text) > FEATURE_MAX_CHARACTERS:
            continue
        if any(fact.spaced in other.spaced for other in chosen):
            continue  # "Acme Boot" already contains "Acme"
        kept = [other for other in chosen if other.spaced not in fact.spaced]
        if _fits(" ".join(f.text for f in (*kept, fact)), attribute):
            chosen = [*kept, fact]
    if not chosen or (len(chosen) == 1 and chosen[0] is not name):
        return None
    title = " ".join(fact.text for fact in chosen)
    return Found(title, tuple(fact.attribute for fact in chosen), TITLE)


def _description(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """`Boot by Acme. Colour: red; Size: 42.` With as many features as fit."""
    name, brand = _name(facts) or facts.named(*_KINDS), facts.named(*_BRANDS)
    if name is None or len(name.text) > 2 * FEATURE_MAX_CHARACTERS:
        return None
    subject, sources = name.text, [name.attribute]
    if brand is not None and brand is not name and brand.spaced not in name.spaced:
        subject, sources = f"{subject} by {brand.text}", [*sources, brand.attribute]
    in_subject = {name.attribute, brand.attribute if brand else ""}
    features = [
        fact
        for fact in facts
        if fact.attribute not in in_subject
        and 0 < len(fact.text) <= FEATURE_MAX_CHARACTERS
        and not _is_code(fact)
    ][:FEATURES_NAMED]
    least = 0 if len(sources) > 1 else 1
    for count in range(len(features), least - 1, -1):
        text = _sentence(attribute, subject, features[:count])
        if _fits(text, attribute):
            return Found(text, (*sources, *(f.attribute for f in features[:count])), DESCRIPTION)
    return None


def _sentence(attribute: RequestedAttribute, subject: str, features: list[Fact]) -> str:
    if attribute.definition.type is AttributeType.RICH_TEXT:
        items = "".join(
            f"<li>{html.escape(f.attribute)}: {html.escape(f.text)}</li>" for f in features
        )
        return f"<p>{html.escape(subject)}</p>" + (f"<ul>{items}</ul>" if items else "")
    listed = "; ".join(f"{fact.attribute}: {fact.text}" for fact in features)
    return f"{subject}. {listed}." if listed else f"{subject}."


def _name(facts: Facts) -> Fact | None:
    return facts.named(*NAME_ATTRIBUTES)


def _is_code(fact: Fact) -> bool:
    """Codes, addresses and flags do not describe a product."""
    own = set(words(fact.attribute))
    return (
        bool(own & {"url", "image", "picture", "enabled"})
        or names_code(fact.attribute, AttributeType.SHORT_TEXT)
        or fact.text.startswith(("http://", "https://"))
        or fact.text in ("true", "false")
    )


def _fits(text: str, attribute: RequestedAttribute) -> bool:
    return attribute.max_characters is None or len(text) <= attribute.max_characters
