"""How the values of a file are written: decided by all cells of a column, never by some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.invisibles import made_visible
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trimmed
from core.errors import FileRefused
from core.file_format import AUTO, DateOrder, Locale, ReadingOptions
from core.imports.locale.dates import DatesSeen, date_format, dates_seen
from core.imports.locale.numbers import NumbersSeen, number_format, numbers_seen
from core.imports.locale.times import time_format, times_seen
from core.imports.model import ColumnFormat, ReadLocale, ValueKind
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import Notice, NoticeCode, RefusalCode

_T = AttributeType
_KINDS = {
    _T.NUMBER: ValueKind.NUMBER,
    _T.MEASURE: ValueKind.MEASURE,
    _T.DATE: ValueKind.DATE,
    _T.DATETIME: ValueKind.DATETIME,
}
_TYPED = frozenset({*_KINDS, _T.BOOLEAN, _T.BARCODE, _T.URL, _T.IMAGE})
_DATED = (ValueKind.DATE, ValueKind.DATETIME)
_VALUES = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
COLUMNS_NAMED = 8
_ANSWERS = {
    True: 'Say it in the options of the upload: {"locale": {"dateOrder": "day_first"}}, or '
    '"month_first".',
    False: 'Say it in the options of the upload: {"locale": {"decimalSign": ","}} for a decimal '
    'comma, or "." for a decimal point.',
}
"""How to answer the question of a column; by whether it holds dates."""

Form = ColumnFormat | tuple[str, ...] | None


def locale_of(options: ReadingOptions) -> Locale | None:
    """What the caller says about values; None: they are read as attributes.md says."""
    given = options.locale
    if isinstance(given, str):
        return Locale() if given == AUTO else None
    return given


def decide_locale(
    frames: Iterable[pl.DataFrame],
    columns: Sequence[Column],
    definitions: Sequence[AttributeDefinition],
    given: Locale,
    *,
    in_workbook: bool,
) -> tuple[ReadLocale, tuple[Notice, ...]]:
    """`frames` are all rows of the file, read once, and only if a column depends on them. Raises
    FileRefused LOCALE_UNDECIDED."""
    types = {definition.name: definition.type for definition in definitions}
    read = [c for c in columns if c.role in _VALUES and c.attribute in types]
    by_type = {column.index: types[column.attribute or ""] for column in read}
    kinds = {index: _KINDS[kind] for index, kind in by_type.items() if kind in _KINDS}
    forms = _forms(frames, kinds, given, read, in_workbook=in_workbook)
    locale = ReadLocale(
        formats=tuple(forms),
        booleans=tuple(index for index, kind in by_type.items() if kind is _T.BOOLEAN),
        typed=tuple(index for index, kind in by_type.items() if kind in _TYPED),
        texts=tuple(index for index, kind in by_type.items() if kind not in _TYPED),
        true_words=given.true_words,
        false_words=given.false_words,
        empty_words=given.empty_words,
    )
    return locale, tuple(_notices(forms, columns))


def _forms(
    frames: Iterable[pl.DataFrame],
    kinds: Mapping[int, ValueKind],
    given: Locale,
    columns: Sequence[Column],
    *,
    in_workbook: bool,
) -> list[ColumnFormat]:
    if not kinds:
        return []
    numbers = {i: NumbersSeen() for i, kind in kinds.items() if kind not in _DATED}
    dates = {i: DatesSeen() for i, kind in kinds.items() if kind in _DATED}
    for frame in frames:
        for index in numbers:
            numbers[index] += numbers_seen(_distinct(frame, index), kinds[index])
        for index in dates:
            look = times_seen if kinds[index] is ValueKind.DATETIME else dates_seen
            dates[index] += look(_distinct(frame, index))
    found: dict[int, Form] = {
        index: number_format(seen, index, kinds[index], given.decimal_sign, in_workbook=in_workbook)
        for index, seen in numbers.items()
    }
    for index, seen in dates.items():
        is_time = kinds[index] is ValueKind.DATETIME
        found[index] = (
            time_format(seen, index, given)
            if is_time
            else date_format(seen, index, given.date_order)
        )
    undecided = {index: form for index, form in found.items() if isinstance(form, tuple)}
    if undecided:
        headers = {column.index: column.header for column in columns}
        named = sorted(undecided.items())[:COLUMNS_NAMED]
        questions = [_question(headers[index], texts, kinds[index]) for index, texts in named]
        answers = dict.fromkeys(_ANSWERS[kinds[index] in _DATED] for index, _ in named)
        raise FileRefused(RefusalCode.LOCALE_UNDECIDED, " ".join([*questions, *answers]))
    return [form for _, form in sorted(found.items()) if isinstance(form, ColumnFormat)]


def _distinct(frame: pl.DataFrame, index: int) -> pl.Series:
    """The distinct texts of a column, in the order of the file."""
    texts = frame[str(index)].unique(maintain_order=True)
    return texts.to_frame("text").select(prepared(pl.col("text"))).to_series()


def prepared(text: pl.Expr) -> pl.Expr:
    """Cells as they are compared: trimmed, without invisible characters; null where empty."""
    plain = trimmed(text)
    return pl.when(plain.str.contains("[^ -~]")).then(trimmed(made_visible(text))).otherwise(plain)


def prepared_cells(texts: pl.Series) -> pl.Series:
    """The same of a column, which is returned itself if that is so of all its cells. Usually all
    are ASCII, and then nothing has to be replaced."""
    if not texts.str.contains(r"[^ -~]|^ | $|^$").any():
        return texts
    plain = texts.str.strip_chars(BLANKS)
    if plain.str.contains("[^ -~]").any():
        return texts.to_frame("text").select(prepared(pl.col("text"))).to_series().alias(texts.name)
    return plain.replace("", None) if (plain == "").any() else plain


def _question(header: str, texts: Sequence[str], kind: ValueKind) -> str:
    cells = " and ".join(f'"{shown_text(text, HEADER_SHOWN_CHARACTERS)}"' for text in texts)
    what = (
        "day and month can be read in either order"
        if kind in _DATED
        else "point and comma can separate thousands or decimals"
    )
    return (
        f'No cell of the column "{shown_text(header, HEADER_SHOWN_CHARACTERS)}" decides how it is '
        f"written: {what}, as in {cells}."
    )


def _notices(forms: Sequence[ColumnFormat], columns: Sequence[Column]) -> list[Notice]:
    if not forms:
        return []
    headers = {column.index: column.header for column in columns}
    named = [
        f'"{shown_text(headers[form.column], HEADER_SHOWN_CHARACTERS)}" {_says(form)}'
        for form in forms[:COLUMNS_NAMED]
    ]
    more = len(forms) - COLUMNS_NAMED
    rest = f"; and {more:,} more" if more > 0 else ""
    return [
        Notice(
            code=NoticeCode.LOCALE_READ,
            message=f"Columns were read as their values are written: {'; '.join(named)}{rest}.",
        )
    ]


def _says(form: ColumnFormat) -> str:
    if form.kind is ValueKind.DATETIME and form.time_zone is not None:
        zone = f", times without a zone in that of {form.time_zone}"
        return _says(msgspec.structs.replace(form, time_zone=None)) + zone
    if form.kind in _DATED:
        return {
            DateOrder.DAY_FIRST: "with the day before the month",
            DateOrder.MONTH_FIRST: "with the month before the day",
            None: "with each date by itself: no order of day and month for all",
        }[form.date_order]
    says = {
        ".": "with a decimal point",
        ",": "with a decimal comma",
        None: "with points and commas for decimals, each number by itself",
    }[form.decimal_sign]
    return f"{says}, without the currency {form.currency.upper()}" if form.currency else says
