"""Finds the options that the product's texts name. An option that any text negates is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.questions import RequestedAttribute
from core.enrichment.providers.evidence import Facts, Found, split_camel_case, words
from core.enrichment.providers.negation import is_denied

OPTION_ALONE, ONE_OF_SEVERAL = 0.7, 0.5
"""Confidence: the only option that occurs; the option that occurs in more texts than others."""

OPTION_MIN_CHARACTERS = 3
"""Shorter options (`S`, `XL`) and numbers occur by chance, so they count only after the attribute's
name."""

_PLAIN = re.compile(r"[\w\s-]+")
"""Options that consist of words are found with any separator (`light-blue`). Others, such as `C++`,
`a.b` or `S/M`, are found only as written."""

_WORD_END = r"(?![^\W_])(?![+#]+(?!\w))"
"""`C++` does not name `C`, but `red+blue` names `red`."""


def find_options(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """The option that most texts name; for a multiple select, all options that they name."""
    hits = {
        option: sources
        for option in attribute.definition.options
        if (sources := _naming(option, attribute, facts))
    }
    if not hits:
        return None
    # "light blue" names "blue" only as a part of a longer option
    longest = {o: s for o, s in hits.items() if not _is_part_of_another(o, hits, facts)}
    if attribute.definition.type is AttributeType.MULTIPLE_SELECT:
        sources = tuple(dict.fromkeys(name for found in longest.values() for name in found))
        return Found(list(longest), sources, OPTION_ALONE)
    best = max(len(sources) for sources in longest.values())
    chosen = [option for option, sources in longest.items() if len(sources) == best]
    if len(chosen) != 1:
        return None
    confidence = OPTION_ALONE if len(longest) == 1 else ONE_OF_SEVERAL
    return Found(chosen[0], longest[chosen[0]], confidence)


def _naming(option: str, attribute: RequestedAttribute, facts: Facts) -> tuple[str, ...]:
    """Attributes whose texts name the option; none if one of them negates it."""
    own = words(option)
    if not own:
        return ()
    near = [fact for fact in facts if f" {own[-1]} " in fact.spaced]
    if not near:
        return ()  # the fast path for most options: no pattern is compiled
    pattern = _pattern(option, own, attribute)
    sources = []
    for fact in near:
        text = split_camel_case(fact.text)
        places = [text[: match.start("option")] for match in pattern.finditer(text)]
        if any(is_denied(before) for before in places):
            return ()
        if places:
            sources.append(fact.attribute)
    return tuple(sources)


def _pattern(option: str, own: tuple[str, ...], attribute: RequestedAttribute) -> re.Pattern[str]:
    """Matches a mention, as the group `option`. `own` are the option's words."""
    joined = "".join(own)
    if _PLAIN.fullmatch(option):
        named = r"[\W_]+".join(map(re.escape, own))
        length, end = len(" ".join(own)), _WORD_END
    else:
        named = r"\s+".join(map(re.escape, split_camel_case(option).split()))
        length, last = len(option), option.rstrip()[-1]
        end = rf"(?![^\W_])(?!{re.escape(last)})"
    label = ""
    if length < OPTION_MIN_CHARACTERS or joined.isdigit():
        label = r"[\W_]+".join(map(re.escape, words(attribute.definition.name)))
        label = rf"(?<![^\W_]){label}[\W_]+" if label else r"(?!)"
    return re.compile(rf"(?i)(?:{label})(?<![^\W_])(?P<option>{named}){end}")


def _is_part_of_another(option: str, hits: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    own = f" {' '.join(words(option))} "
    for other in hits:
        longer = f" {' '.join(words(other))} "
        if own != longer and own in longer:
            alone = (f.spaced.replace(longer, " | ") for f in facts)
            if not any(own in text for text in alone):
                return True
    return False
