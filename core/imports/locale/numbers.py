"""Numbers with a decimal point or a decimal comma, separators between thousands, and a currency.

A number like `1.450` reads in two ways; `12.50`, `0.450` and `1,299.50` do not. The certain cells
of a column decide about the others. If it has certain cells of both kinds, each of them is read by
itself, and a cell that reads in two ways is a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import polars as pl

from core.attributes.rules.types.number import NUMBER
from core.imports.model import ColumnFormat, ValueKind

POINT, COMMA = ".", ","
_OTHER = {POINT: COMMA, COMMA: POINT}
_NEUTRAL = ("'", "’", " ", "\u00a0", "\u202f")
"""Separate thousands and nothing else."""
_CODES = (
    "AED|AFN|ALL|AMD|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BGN|BHD|BIF|BMD|BND|BOB|BRL|BSD|BTN|BWP|BYN|"
    "BZD|CAD|CDF|CHF|CLP|CNY|COP|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|"
    "GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|"
    "KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|"
    "MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|"
    "SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SYP|SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|"
    "USD|UYU|UZS|VES|VND|VUV|WST|XAF|XCD|XOF|XPF|YER|ZAR|ZMW"
)
"""Of ISO 4217."""
_CURRENCY = rf"(?:[A-Z]{{0,2}}\p{{Sc}}|(?i:{_CODES}|euros?|fcfa|s?fr\.|kr\.?|kč|zł|lei|rs\.?))"
_AMOUNT = r"[0-9.,](?:[0-9.,'’ \u{a0}\u{202f}]*[0-9.,])?"
_CELL = rf"^([+-]?)\s*({_CURRENCY})?\s*([+-]?{_AMOUNT})\s*({_CURRENCY})?$"
_BARE = rf"^[+-]?{_AMOUNT}$"
_PLAIN = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
_MEASURE = rf"(?s)^([+-]?)()({_AMOUNT})(.*)$"
_SIMPLE = {sign: f"^-?[0-9]+(?:[{sign}][0-9]+)?$" for sign in (POINT, COMMA)}
"""By decimal sign: numbers, and measures, in which at most the sign differs from the plain form.
Most cells are, and their parts need not be found one by one."""
_SIMPLE_MEASURE = {sign: f"^-?[0-9]+(?:[{sign}][0-9]+)? ?[A-Za-z]*$" for sign in (POINT, COMMA)}
_SAME = {"€": "eur", "euro": "eur", "euros": "eur", "£": "gbp", "zł": "pln", "kč": "czk"}


def _grouped(separator: str, groups: str = "+") -> str:
    return f"[1-9][0-9]{{0,2}}(?:{_literal(separator)}[0-9]{{3}}){groups}"


def _literal(sign: str) -> str:
    return r"\." if sign == POINT else sign


def _in_two_ways(sign: str) -> str:
    """Decimals if the sign is for them, otherwise thousands."""
    return f"^{_grouped(sign, '')}$"


def _any_grouped(sign: str) -> str:
    return "|".join(_grouped(separator) for separator in (_OTHER[sign], *_NEUTRAL))


def _certain(sign: str) -> str:
    """Numbers whose decimal sign can only be this one, and those of `_in_two_ways(sign)`."""
    point = _literal(sign)
    thousands = _grouped(_OTHER[sign], "{2,}")
    return (
        f"^(?:[0-9]*{point}[0-9]+|[0-9]+{point}|(?:{_any_grouped(sign)}){point}[0-9]*|{thousands})$"
    )


def _grammar(sign: str) -> str:
    point = _literal(sign)
    return f"^(?:[0-9]+{point}?[0-9]*|{point}[0-9]+|(?:{_any_grouped(sign)})(?:{point}[0-9]*)?)$"


@dataclass(frozen=True, slots=True)
class Seen:
    """Distinct texts of one kind: how many there are at most, and the first two."""

    count: int = 0
    first: tuple[str, ...] = ()

    @classmethod
    def of(cls, texts: pl.Series) -> Self:
        return cls(len(texts), tuple(texts[:2]))

    def __add__(self, later: Seen) -> Seen:
        first = tuple(dict.fromkeys((*self.first, *later.first)))[:2]
        return Seen(self.count + later.count, first)


@dataclass(frozen=True, slots=True)
class NumbersSeen:
    """What the cells of a column show. Those of chunks add up."""

    certain: dict[str, Seen] = field(default_factory=lambda: {POINT: Seen(), COMMA: Seen()})
    in_two_ways: dict[str, Seen] = field(default_factory=lambda: {POINT: Seen(), COMMA: Seen()})
    currencies: frozenset[str] = frozenset()
    is_changed: bool = False
    """Some cell is not written as a plain number."""

    def __add__(self, later: NumbersSeen) -> NumbersSeen:
        return NumbersSeen(
            {sign: seen + later.certain[sign] for sign, seen in self.certain.items()},
            {sign: seen + later.in_two_ways[sign] for sign, seen in self.in_two_ways.items()},
            self.currencies | later.currencies,
            self.is_changed or later.is_changed,
        )


def numbers_seen(texts: pl.Series, kind: ValueKind) -> NumbersSeen:
    """`texts` are trimmed; null for an empty cell."""
    doubtful = texts.filter(texts.str.contains(r"[^0-9+-]"))
    if doubtful.str.contains(_PLAIN).all():
        two_ways = doubtful.str.contains(rf"^[+-]?{_grouped(POINT, '')}$")
        one_way = doubtful.str.contains(POINT, literal=True) & ~two_ways
        return NumbersSeen(
            {POINT: Seen.of(doubtful.filter(one_way)), COMMA: Seen()},
            {POINT: Seen.of(doubtful.filter(two_ways)), COMMA: Seen()},
        )
    parts = _parts(doubtful, kind)
    core = parts["core"]
    certain, in_two_ways = {}, {}
    for sign in (POINT, COMMA):
        two_ways = core.str.contains(_in_two_ways(sign)).fill_null(value=False)
        one_way = core.str.contains(_certain(sign)).fill_null(value=False) & ~two_ways
        certain[sign] = Seen.of(doubtful.filter(one_way))
        in_two_ways[sign] = Seen.of(doubtful.filter(two_ways))
    return NumbersSeen(
        certain,
        in_two_ways,
        frozenset(parts["currency"].drop_nulls().unique()),
        bool((core.str.contains(r"[^0-9.]") | parts["currency"].is_not_null()).any()),
    )


def number_format(
    seen: NumbersSeen, column: int, kind: ValueKind, given: str | None, *, in_workbook: bool
) -> ColumnFormat | tuple[str, ...] | None:
    """How to read the column; None if it needs no care; the texts of cells if nothing decides.

    The numbers of a workbook arrive with a point, whatever it shows, and are not distinguished
    from texts. So a comma in another cell says nothing about them.
    """
    if in_workbook and given != POINT:
        has_comma = seen.certain[COMMA].count or seen.in_two_ways[COMMA].count
        if not (has_comma or seen.is_changed):
            return None
        return ColumnFormat(
            column=column,
            kind=kind,
            decimal_sign=None if has_comma else POINT,
            currency=_only_one(seen.currencies),
        )
    signs = [sign for sign in (POINT, COMMA) if seen.certain[sign].count]
    if not (signs or seen.is_changed or any(c.count for c in seen.in_two_ways.values())):
        return None
    doubtful = [seen.in_two_ways[sign] for sign in (POINT, COMMA) if seen.in_two_ways[sign].count]
    if given is None and not signs and doubtful:
        return tuple(dict.fromkeys((doubtful[0].first[0], doubtful[-1].first[-1])))
    sign = given or (None if len(signs) == 2 else (*signs, POINT)[0])
    if sign == POINT and not seen.is_changed:
        return None
    currency = _only_one(seen.currencies)
    return ColumnFormat(column=column, kind=kind, decimal_sign=sign, currency=currency)


def _only_one(currencies: frozenset[str]) -> str | None:
    return next(iter(currencies)) if len(currencies) == 1 else None


def read_numbers(texts: pl.Series, form: ColumnFormat) -> pl.DataFrame:
    """In `read` the texts as plain numbers, null for what is no number in this format; `misread` is
    true for texts that would be read as another number without the format."""
    if form.decimal_sign is None:
        return _read_by_parts(texts, form)
    shape = _SIMPLE_MEASURE if form.kind is ValueKind.MEASURE else _SIMPLE
    simple = texts.str.contains(shape[form.decimal_sign]).fill_null(value=False)
    read = texts.str.replace(form.decimal_sign, POINT, literal=True)
    if simple.all():
        return pl.DataFrame({"read": read}).with_columns(pl.lit(value=False).alias("misread"))
    rows = (~simple).arg_true()
    others = _read_by_parts(texts.gather(rows), form)
    misread = pl.zeros(len(texts), pl.Boolean, eager=True)
    return pl.DataFrame(
        {
            "read": read.scatter(rows, others["read"]),
            "misread": misread.scatter(rows, others["misread"]),
        }
    )


def _read_by_parts(texts: pl.Series, form: ColumnFormat) -> pl.DataFrame:
    parts = _parts(texts, form.kind)
    core, sign = pl.col("core"), pl.col("sign")
    plain: pl.Expr = pl.lit(None, dtype=pl.String)
    signs = (form.decimal_sign,) if form.decimal_sign else (POINT, COMMA)
    for one in signs:
        fits = core.str.contains(_grammar(one))
        if form.decimal_sign is None:
            fits &= ~core.str.contains(_in_two_ways(POINT)) & ~core.str.contains(
                _in_two_ways(COMMA)
            )
        bare = core.str.replace_all(f"[{_OTHER[one]}{''.join(_NEUTRAL)}]", "")
        number = pl.concat_str(sign, bare.str.replace(one, POINT, literal=True), pl.col("rest"))
        plain = pl.coalesce(plain, pl.when(fits).then(number))
    accepted = pl.col("currency").is_null() | (pl.col("currency") == (form.currency or ""))
    read = parts.select(pl.when(accepted).then(plain).alias("read")).to_series()
    strict = texts.str.extract(f"^({NUMBER})" + ("$" if form.kind is ValueKind.NUMBER else ""), 1)
    misread = read.is_null() & strict.str.contains(POINT, literal=True).fill_null(value=False)
    return pl.DataFrame({"read": read, "misread": misread})


def _parts(texts: pl.Series, kind: ValueKind) -> pl.DataFrame:
    """`sign`, `core` (null where the text has another form), `rest` that follows a measure's
    number, and the `currency` in a form to compare."""
    if kind is ValueKind.NUMBER and texts.str.contains(_BARE).all():
        return texts.to_frame("text").select(
            pl.col("text").str.extract("^([+-]*)", 1).alias("sign"),
            pl.col("text").str.strip_chars_start("+-").alias("core"),
            pl.lit("").alias("rest"),
            pl.lit(None, dtype=pl.String).alias("currency"),
        )
    is_number = kind is ValueKind.NUMBER
    groups = (
        texts.to_frame("text")
        .select(pl.col("text").str.extract_groups(_CELL if is_number else _MEASURE))
        .unnest("text")
    )
    core = pl.col("3")
    own_sign = core.str.extract("^([+-])", 1)
    before, behind = pl.col("2").replace("", None), pl.col("4")
    currency = pl.lit(None, dtype=pl.String)
    if is_number:
        both = before.is_not_null() & behind.is_not_null()
        currency = pl.when(~both).then(pl.coalesce(before, behind)).otherwise(pl.lit("?"))
        currency = pl.when(before.is_not_null() | behind.is_not_null()).then(
            currency.str.to_lowercase().replace(_SAME)
        )
    return groups.select(
        pl.concat_str(pl.col("1"), own_sign.fill_null("")).alias("sign"),
        core.str.strip_prefix("+").str.strip_prefix("-").alias("core"),
        (pl.lit("") if is_number else behind).alias("rest"),
        currency.alias("currency"),
    )
