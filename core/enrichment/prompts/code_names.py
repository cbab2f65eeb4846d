"""Recognises attributes that hold codes by their names: `barcode`, `EAN`, `articleNumber`,
`Artikel-Nr.`

A code has to be looked up: an invented one looks real. Merchants choose the names of attributes
freely and rarely mark codes, so the words of the name decide, in any case and spelling.
"""

from __future__ import annotations

import re
from itertools import pairwise

from core.attributes.definitions import PROSE_TYPES, AttributeType

_CODES = frozenset(
    {
        *("sku", "skus", "ean", "eans", "gtin", "gtins", "upc", "barcode", "barcodes"),
        *("isbn", "issn", "asin", "mpn", "gln", "strichcode", "taric"),
    }
)
"""Words that mean a code anywhere in a name."""

_OF = frozenset(
    {
        *("article", "artikel", "item", "part", "product", "produkt", "produit", "model", "modell"),
        *("serial", "style", "catalog", "catalogue", "order", "material", "vendor", "supplier"),
        *("manufacturer", "hersteller", "stock", "batch", "lot", "customs", "tariff", "hs", "bar"),
    }
)
_NUMBER = frozenset(
    {
        *("id", "ids", "identifier", "number", "numbers", "no", "nr", "num", "code", "codes"),
        *("nummer", "numero", "numéro", "ref", "reference", "référence", "referenz"),
    }
)
"""Words that mean a code after one of `_OF` anywhere in a name, or at the end of a text's name."""

_COMPOUND = re.compile(r"\w+(?:nummer|nr|code)s?")
"""`Artikelnummer`, `Warencode`: compounds in German, and in names without capitals."""

_CASES = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORD = re.compile(r"[^\W\d_]+")


def names_code(name: str, kind: AttributeType) -> bool:
    """Would a value of this attribute be a code? Only texts and numbers can be: a select has fixed
    options, and a flag only says whether there is a code."""
    is_text = kind in PROSE_TYPES
    if not is_text and kind is not AttributeType.NUMBER:
        return False
    words = [word.casefold() for word in _WORD.findall(_CASES.sub(" ", name))]
    if any(word in _CODES for word in words):
        return True
    if any(first in _OF and second in _NUMBER for first, second in pairwise(words)):
        return True
    if not is_text or not words:
        return False
    return words[-1] in _NUMBER or _COMPOUND.fullmatch(words[-1]) is not None
