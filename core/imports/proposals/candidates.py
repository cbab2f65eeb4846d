"""The types that a column may have, and the ways in which its cells may be written: each is tested
by the rules that would validate it.

A candidate is named after its type and its reading, such as `number|,` or `date|day_first`.
Whatever is decided later about the whole column, the count of cells that fit is then at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.compilation import RuleBook, compile_rules
from core.attributes.rules.model import Column, ColumnRole
from core.file_format import DateOrder, Locale
from core.imports.locale.dates import read_dates
from core.imports.locale.numbers import read_numbers
from core.imports.locale.times import read_times
from core.imports.locale.words import FALSE_WORDS, TRUE_WORDS, read_truths
from core.imports.model import ColumnFormat, ValueKind
from core.imports.proposals.evidence import LIST, OWN_CURRENCY
from core.settings import Settings

_T = AttributeType
NO_UNIT = "\u00a4"
"""A placeholder for the unit of a column while it is not known; no file has this unit."""
EXPONENT = 99
"""Decimal places of a number such as `1e-3`, of which nothing is proposed."""

_SIGNS = (".", ",", None)
_AMOUNT = r"[0-9.,'’ \u{a0}\u{202f}]"
_POWER = "(?:[eE][+-]?[0-9]+)?"
_NUMBER_LIKE = f"^[^0-9]{{0,8}}{_AMOUNT}*[0-9]{_AMOUNT}*{_POWER}[^0-9]{{0,8}}$"
MEASURE_LIKE = rf"(?s)^[+-]?[0-9.,]{_AMOUNT}*{_POWER}(?:[^0-9].{{0,29}})?$"
_DATE_LIKE = r"^.{0,20}[0-9]{4}.{0,34}$"
_WORD_CHARACTERS = 12
_PICTURE = r"(?i)\.(?:jpe?g|png|gif|webp|svg|avif|bmp|tiff?)(?:[?#].*)?$"

Read = Callable[[pl.Series], pl.DataFrame]
"""From texts to `read`, null for those that stay as they are, and `misread`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    name: str
    book: RuleBook
    read: Read | None
    like: Callable[[pl.Expr], pl.Expr]
    """Texts for which it is false certainly do not fit."""

    @property
    def has_numbers(self) -> bool:
        return self.name.startswith(_T.NUMBER)


def candidates(
    given: Locale, currencies: frozenset[str], parts: Sequence[str] | None, settings: Settings
) -> Iterator[Candidate]:
    """`currencies` and `parts` (what semicolons separate; None if there are too many) are those of
    the column, in the rows that are tested."""
    yield Candidate(
        _T.BOOLEAN,
        _book(_T.BOOLEAN, settings),
        partial(read_truths, true=given.true_words, false=given.false_words),
        partial(_is_short, characters=longest_word(given)),
    )
    for name, form in _number_forms(currencies):
        yield Candidate(
            name,
            _book(_T.NUMBER, settings),
            None if form is None else partial(read_numbers, form=form),
            _number,
        )
    yield from measure_candidates(_book(_T.MEASURE, settings))
    for order in (None, *DateOrder, "both"):
        form = None
        if order is not None:
            given_order = DateOrder(order) if order != "both" else None
            form = ColumnFormat(column=0, kind=ValueKind.DATE, date_order=given_order)
        yield Candidate(
            reading_name(_T.DATE, order),
            _book(_T.DATE, settings),
            None if form is None else partial(read_dates, form=form),
            lambda text: text.str.contains(_DATE_LIKE),
        )
        times = None
        if form is not None:
            times = msgspec.structs.replace(
                form, kind=ValueKind.DATETIME, time_zone=given.time_zone
            )
        yield Candidate(
            reading_name(_T.DATETIME, order),
            _book(_T.DATETIME, settings),
            None if times is None else partial(read_times, form=times),
            lambda text: text.str.contains(_DATE_LIKE),
        )
    is_code = "^[0-9]{8}(?:[0-9]{4,6})?$"
    yield Candidate(
        _T.BARCODE, _book(_T.BARCODE, settings), None, lambda text: text.str.contains(is_code)
    )
    yield Candidate(_T.URL, _book(_T.URL, settings), None, _address)
    yield Candidate(
        _T.IMAGE, _book(_T.URL, settings), None, lambda t: _address(t) & t.str.contains(_PICTURE)
    )
    if parts:
        definition = AttributeDefinition(
            "value", _T.MULTIPLE_SELECT, options=tuple(parts), is_required=True
        )
        yield Candidate(LIST, rules_of(definition, settings), None, lambda text: text.is_not_null())


def measure_candidates(book: RuleBook) -> Iterator[Candidate]:
    for sign in ("", *_SIGNS):
        form = None
        if sign != "":
            form = ColumnFormat(column=0, kind=ValueKind.MEASURE, decimal_sign=sign)
        yield Candidate(
            reading_name(_T.MEASURE, None if sign == "" else sign or "both"),
            book,
            None if form is None else partial(read_numbers, form=form),
            lambda text: text.str.contains(MEASURE_LIKE),
        )


def chosen_name(kind: AttributeType, form: ColumnFormat | None) -> str:
    """The candidate of a type in a column that is read so."""
    if form is None:
        return kind.value
    if form.kind in (ValueKind.DATE, ValueKind.DATETIME):
        return reading_name(kind, form.date_order or "both")
    name = reading_name(kind, form.decimal_sign or "both")
    return name + OWN_CURRENCY if form.currency else name


def reading_name(kind: AttributeType, reading: str | None) -> str:
    return kind.value if reading is None else f"{kind.value}|{reading}"


@lru_cache(maxsize=4)
def pair_book(settings: Settings) -> RuleBook:
    """For a value in column 0 and its unit in column 1."""
    definition = AttributeDefinition("value", _T.MEASURE, unit=NO_UNIT)
    columns = [
        Column(index=0, header="", role=ColumnRole.MEASURE_VALUE, attribute="value"),
        Column(index=1, header="", role=ColumnRole.MEASURE_UNIT, attribute="value"),
    ]
    return compile_rules([definition], columns, settings)


def longest_word(given: Locale) -> int:
    words = (*TRUE_WORDS, *FALSE_WORDS, *given.true_words, *given.false_words)
    return max(_WORD_CHARACTERS, *map(len, words))


def decimals_of(number: pl.Expr) -> pl.Expr:
    """Of texts that the rules of numbers read."""
    fraction = number.str.extract(r"\.([0-9]*?)0*$", 1).str.len_chars().fill_null(0)
    return pl.when(number.str.contains("[eE]")).then(EXPONENT).otherwise(fraction)


def _number_forms(currencies: frozenset[str]) -> Iterator[tuple[str, ColumnFormat | None]]:
    yield _T.NUMBER.value, None
    own = next(iter(currencies)) if len(currencies) == 1 else None
    for sign in _SIGNS:
        name = reading_name(_T.NUMBER, sign or "both")
        form = ColumnFormat(column=0, kind=ValueKind.NUMBER, decimal_sign=sign)
        yield name, form
        if own is not None:
            yield name + OWN_CURRENCY, msgspec.structs.replace(form, currency=own)


def _number(text: pl.Expr) -> pl.Expr:
    return text.str.contains(_NUMBER_LIKE)


def _address(text: pl.Expr) -> pl.Expr:
    return text.str.contains("(?i)^https?://")


def _is_short(text: pl.Expr, characters: int) -> pl.Expr:
    return text.str.len_chars() <= characters


@lru_cache(maxsize=16)
def _book(kind: AttributeType, settings: Settings) -> RuleBook:
    unit = NO_UNIT if kind is _T.MEASURE else None
    return rules_of(AttributeDefinition("value", kind, unit=unit), settings)


def rules_of(definition: AttributeDefinition, settings: Settings) -> RuleBook:
    column = Column(index=0, header="", role=ColumnRole.VALUE, attribute=definition.name)
    return compile_rules([definition], [column], settings)
