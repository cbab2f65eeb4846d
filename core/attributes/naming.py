"""Names of attributes: the id they give, and the names that no product could carry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# A blank, as for headers: what Unicode calls white space, and the byte order mark that a careless
# export leaves in front of the first header.
_BYTE_ORDER_MARK = "\ufeff"
_HYPHENS = frozenset("-\u2010\u2011")

VALUE_SUFFIX, UNIT_SUFFIX = "Value", "Unit"
"""Of the headers of two columns that are read as one measure."""

RESERVED_NAMES = frozenset(
    {
        # fields that every product has
        *("createdAt", "updatedAt", "createdBy", "updatedBy", "importSource", "revision"),
        *("ignoredFields", "enrichedProductData", "originalProductName", "aiSuggestions"),
        # parameters of `GET /products`, next to filters of the form `Name=value`
        *("page", "limit", "sortBy", "sortOrder", "q", "cursor", "fields"),
    }
)

_FILTER_OPERATOR_AT_END = re.compile(r"\[(eq|in|gte|gt|lte|lt|ne|contains|startswith|exists)\]$")
_NOT_PRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates, line and paragraph separators."""


def trimmed(text: str) -> str:
    """Without the blanks at both ends, no-break spaces and byte order marks included."""
    before = None
    while before != text:
        before, text = text, text.strip().strip(_BYTE_ORDER_MARK)
    return text


def attribute_id(name: str) -> str:
    """The `_id` of a name: trimmed, lower case, each blank and hyphen `_`, the rest that is
    neither letter, digit nor `_` dropped. Empty when nothing is left.

    Letters and digits are Unicode's, so `Größe` gives `größe`; its composed and decomposed
    spelling give one id. Marks that are part of a letter without having a composed form (as in
    Hindi) stay, or different words would clash.
    """
    text = unicodedata.normalize("NFC", trimmed(name)).lower()
    # `lower` can decompose ("İ"), hence once more.
    return "".join(_id_characters(unicodedata.normalize("NFC", text)))


_CYRILLIC = "АВЕЅІЈКМНОРСТУХаеѕіјорсухһ"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιν\u03bfρυ"
_AS_LATIN = str.maketrans(
    _CYRILLIC + _GREEK,
    "ABESIJKMHOPCTYXaesijopcyxh" + "ABEZHIKMNOPTYXaivopu",
)
"""Letters that look like Latin ones. Source: Unicode UTS #39, confusables.txt."""


def skeleton(name: str) -> str:
    """Equal for names that look alike, whatever alphabets their letters come from."""
    return attribute_id(unicodedata.normalize("NFC", name).translate(_AS_LATIN))


def letters_like_latin(name: str) -> str:
    """The letters of a name that look like Latin ones, each once: `U+0420 CYRILLIC CAPITAL LETTER
    ER`. Empty without any."""
    letters = dict.fromkeys(c for c in unicodedata.normalize("NFC", name) if ord(c) in _AS_LATIN)
    return ", ".join(f"U+{ord(letter):04X} {unicodedata.name(letter)}" for letter in letters)


def _id_characters(text: str) -> Iterator[str]:
    for character in text:
        if character.isspace() or character in _HYPHENS:
            yield "_"
        elif character == "_" or character.isalnum() or _is_mark(character):
            yield character


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc")


def has_control_characters(text: str) -> bool:
    return any(unicodedata.category(character) in _NOT_PRINTABLE for character in text)


def name_fault(name: str) -> str | None:
    """Why a (trimmed) name cannot be used, as a sentence; None for a name that can."""
    if not name:
        return "The name is empty; give the attribute the name of its column."
    if has_control_characters(name):
        return (
            "The name holds a line break or another control character, which no column header "
            "can match; remove it."
        )
    reason = _reason_against(name)
    return f"The name “{name}” {reason}." if reason else None


def _reason_against(name: str) -> str | None:
    reasons = (
        ("$" in name, "holds a $, which the database and the product filters reserve"),
        ("." in name, "holds a dot, which the database reserves for nested fields"),
        ("\ufffd" in name, "contains �, the replacement for a lost letter; type it again"),
        (name.startswith("_"), "starts with _, which is kept for the product's own fields"),
        (name in RESERVED_NAMES, "is reserved for the portal itself; choose another one"),
        (
            _FILTER_OPERATOR_AT_END.search(name) is not None,
            "ends like a filter of the product list; choose another one",
        ),
        (
            attribute_id(name).strip("_") == "",
            "has neither a letter nor a digit, so that no id can be made of it",
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)
