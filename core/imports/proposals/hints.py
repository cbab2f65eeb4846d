"""What the words of a header say about its column, where the cells leave a choice."""

from __future__ import annotations

from collections.abc import Iterable

from core.imports.proposals.naming import words_of
from core.imports.table.rows_below_header import UNITS

CODES = (
    *("sku", "artnr", "artikelnr", "artikelnummer", "article", "item", "mpn", "id", "ean", "gtin"),
    *("upc", "barcode", "isbn", "handle", "slug", "code", "ref", "reference", "key", "model"),
    *("serial", "parent", "zip", "plz", "postcode", "phone", "tel", "fax", "hs", "number", "nr"),
    *("nummer", "group", "ean13"),
)
"""Names of codes, best as names of products first. They may consist of digits, and nobody adds
them up."""
_NAMING = frozenset(CODES[: CODES.index("model")])
_NAMING_AT_END = frozenset({"nr", "no", "number", "nummer"})
_ITEMS = frozenset({"item", "article", "art", "artikel", "product", "part", "stock", "order"})
_COUNTED = frozenset(
    {
        *("stock", "quantity", "qty", "count", "position", "amount", "menge", "bestand", "anzahl"),
        *("sort", "order", "rank", "limit", "days", "rating", "reviews", "pack", "pieces", "low"),
    }
)
_MONEY = frozenset({"price", "cost", "preis", "prix", "precio", "prezzo", "msrp", "rrp", "uvp"})
_SIZED = frozenset(
    {
        *("weight", "length", "width", "height", "depth", "volume", "diameter", "gewicht"),
        *("länge", "breite", "höhe", "tiefe"),
    }
)
_TRUTHS = frozenset(
    {
        *("is", "has", "enabled", "active", "published", "visible", "available", "show", "only"),
        *("allow", "allowed", "featured", "global", "enable", "disabled", "hidden", "aktiv"),
        *("can", "requires", "taxable", "sold", "delete", "use", "on", "in", "allows"),
    }
)
_PROSE = frozenset(
    {
        *("name", "title", "description", "label", "note", "notes", "comment", "text", "keywords"),
        *("bezeichnung", "beschreibung", "titel", "nom", "nombre", "titre", "summary", "meta"),
        *("caption", "subtitle", "bullet"),
    }
)
_MONEY_SIGNS = frozenset(
    {*("eur", "usd", "gbp", "chf", "pln", "sek", "nok", "dkk", "czk", "jpy", "€", "$", "£")}
)


def says_code(header: str) -> bool:
    words = words_of(header)
    return not _COUNTED.intersection(words) and (
        bool(_first_of(CODES, words)) or words[-1:] == ["no"]
    )


def naming_rank(header: str) -> int | None:
    """How well a column of unique texts names products; 0 is best, None for not at all."""
    words = words_of(header)
    if len(words) > 1 and words[-1] in _NAMING_AT_END and words[-2] in _ITEMS:
        return 1
    known = [word for word in words if word in _NAMING]
    return min(map(CODES.index, known)) if known else None


def says_truth(header: str) -> bool:
    """Of a column of zeros and ones."""
    return (
        header.endswith("?")
        or bool(_TRUTHS.intersection(words_of(header)))
        or any(pair in header for pair in ("0/1", "0 = no", "1/0"))
    )


def says_count(header: str) -> bool:
    return bool(_COUNTED.intersection(words_of(header)))


def says_money(header: str) -> bool:
    return bool(_MONEY.intersection(words_of(header)))


def is_never_negative(header: str) -> bool:
    return bool((_COUNTED | _MONEY | _SIZED).intersection(words_of(header)))


def says_prose(header: str) -> bool:
    return bool(_PROSE.intersection(words_of(header)))


def is_unit(text: str) -> bool:
    """A unit that everybody knows, of anything but money."""
    return text.casefold() in UNITS - _MONEY_SIGNS


def _first_of(known: Iterable[str], words: Iterable[str]) -> str | None:
    given = set(words)
    return next((word for word in known if word in given), None)
