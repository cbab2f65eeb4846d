"""Which attributes hold codes, by their names: `barcode`, `EAN`, `articleNumber`, `Artikel-Nr.`

A code is looked up, and not written: one that was made up looks like a real one. People name their
attributes as they like and seldom mark them, so words decide, in any case and spelling.
"""

from __future__ import annotations

import re
from itertools import pairwise

from core.attributes.definitions import AttributeType

_TEXTS = frozenset({AttributeType.SHORT_TEXT, AttributeType.LONG_TEXT, AttributeType.RICH_TEXT})

_CODES = frozenset(
    {
        *("sku", "skus", "ean", "eans", "gtin", "gtins", "upc", "barcode", "barcodes"),
        *("isbn", "issn", "asin", "mpn", "gln", "strichcode", "taric"),
    }
)
"""Anywhere in a name."""

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
"""Behind one of `_OF` anywhere in a name, and of a text at its end."""

_COMPOUND = re.compile(r"\w+(?:nummer|nr|code)s?")
"""`Artikelnummer`, `Warencode`: one word in German, and in names without capitals."""

_CASES = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORD = re.compile(r"[^\W\d_]+")


def names_code(name: str, kind: AttributeType) -> bool:
    """Would a value of this attribute be a code? Only texts and numbers can be one: the values of
    a select are given, and a flag says whether there is one."""
    is_text = kind in _TEXTS
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
