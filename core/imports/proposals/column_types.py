"""The type of one column. A type that some cell does not fit is never proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import Locale
from core.imports.locale.dates import date_format
from core.imports.locale.numbers import number_format
from core.imports.locale.times import time_format
from core.imports.locale.words import EMPTY_WORDS
from core.imports.model import ColumnFormat, ValueKind
from core.imports.proposals import hints
from core.imports.proposals.candidates import EXPONENT, chosen_name, rules_of
from core.imports.proposals.evidence import LIST, ColumnEvidence, Fit
from core.imports.proposals.naming import unit_in
from core.settings import Settings

_T = AttributeType
_WRITTEN_IN_MANY_WAYS = (_T.NUMBER, _T.MEASURE, _T.DATE, _T.DATETIME)
MOST_OPTIONS = 100
"""A column with more different texts is no select."""
LONGEST_OPTION = 60
CELLS_OF_A_SELECT = 4
CELLS_FOR_LIMITS = 20
MOST_UNITS = 8
CELLS_OF_A_PLAIN_CODE = 5
MOST_MISFITS = 10
"""Cells that are no numbers, in a column for which a number is offered all the same."""
SHARE_OF_FITS = 0.99
"""Of the cells in such a column."""
"""Digits that satisfy a check digit so often are no accident, whatever the header says."""
WORDS_FOR_TRUTH = frozenset(
    {
        *("true", "false", "yes", "no", "ja", "nein", "oui", "non", "wahr", "falsch", "vrai"),
        *("faux", "vero", "falso", "sim", "não", "sí"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One column, or the two of a measure."""

    header: str
    evidence: ColumnEvidence
    given: Locale
    settings: Settings
    in_workbook: bool = False
    has_signs: bool = False
    """A format shows signs beside numbers: their text depends on the type."""
    shows_texts: bool = False
    """A format shows numbers as texts, which a number would lose."""
    is_pair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    type: AttributeType
    confidence: float
    reason: str
    fit: Fit = field(default_factory=Fit)
    fields: dict[str, Any] = field(default_factory=dict)
    """Options, unit, limits: as in a body of `POST /attributes`."""
    name: str | None = None
    """Where it is not the header."""


def decide(asked: Asked) -> Decision:
    """The first type, from the strictest on, that all cells have and that the header does not
    speak against."""
    for way in _ways(asked):
        if (decision := way(asked)) is not None:
            return decision
    return _text(asked)


def _ways(asked: Asked) -> tuple[Callable[[Asked], Decision | None], ...]:
    if asked.has_signs:
        return (_number,)
    if asked.shows_texts:
        return tuple(way for way in _WAYS if way not in (_number, _barcode))
    return _WAYS


def measure_of_pair(asked: Asked) -> Decision | None:
    return _measure(asked)


def best_fits(asked: Asked) -> Iterator[tuple[AttributeType, Fit]]:
    """The typed candidates, as the column would be read."""
    evidence, dates = asked.evidence, 0
    for kind in _WRITTEN_IN_MANY_WAYS:
        form = _form(asked, kind)
        if isinstance(form, tuple):
            continue
        fit = evidence.fit(chosen_name(kind, form))
        if kind is _T.DATE:
            dates = fit.cells
        if kind is not _T.DATETIME or fit.cells > dates:  # every date is a time as well
            yield kind, fit
    for kind in (_T.BOOLEAN, _T.BARCODE, _T.URL):
        yield kind, evidence.fit(kind.value)


def _form(asked: Asked, kind: AttributeType) -> ColumnFormat | tuple[str, ...] | None:
    """As the import decides it: a tuple of cells if nothing does."""
    evidence, given = asked.evidence, asked.given
    if kind is _T.DATE:
        return date_format(evidence.dates, 0, given.date_order)
    if kind is _T.DATETIME:
        return time_format(evidence.times, 0, given)
    seen = evidence.numbers if kind is _T.NUMBER else evidence.measures
    value_kind = ValueKind.NUMBER if kind is _T.NUMBER else ValueKind.MEASURE
    return number_format(seen, 0, value_kind, given.decimal_sign, in_workbook=asked.in_workbook)


def _whole_fit(asked: Asked, kind: AttributeType) -> Fit | None:
    """If all cells fit as the import would read the column."""
    form = _form(asked, kind) if kind in _WRITTEN_IN_MANY_WAYS else None
    if isinstance(form, tuple):
        return None
    fit = asked.evidence.fit(chosen_name(kind, form))
    return fit if 0 < fit.cells == asked.evidence.typed_cells else None


def _boolean(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.BOOLEAN)
    if fit is None or asked.evidence.values is None:
        return None
    words = {value.lower() for value in asked.evidence.values} - set(EMPTY_WORDS)
    own = {w.strip().lower() for w in (*asked.given.true_words, *asked.given.false_words)}
    if words <= {"0", "1"}:
        least = CELLS_OF_A_PLAIN_CODE if len(words) == 2 else CELLS_FOR_LIMITS
        many = fit.cells >= least
        if not hints.says_truth(asked.header) and (
            not many or hints.says_count(asked.header) or hints.says_money(asked.header)
        ):
            return None
        sure = 0.9 if hints.says_truth(asked.header) else 0.7
        return Decision(type=_T.BOOLEAN, confidence=sure, reason="Every cell is 0 or 1.", fit=fit)
    if len(words) < 2 and (fit.cells < 2 or not words & (WORDS_FOR_TRUTH | own)):
        return None
    return Decision(
        type=_T.BOOLEAN,
        confidence=_sure(fit.cells),
        reason="Every cell is a word for true or false.",
        fit=fit,
    )


def _date(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.DATE)
    if fit is None:
        return None
    return Decision(
        type=_T.DATE, confidence=_sure(fit.cells), reason="Every cell is a day.", fit=fit
    )


def _datetime(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.DATETIME)
    if fit is None:
        return None
    reason = "Every cell is a date with a time, or a date."
    return Decision(type=_T.DATETIME, confidence=_sure(fit.cells), reason=reason, fit=fit)


def _barcode(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.BARCODE)
    if fit is None:
        return None
    named = hints.says_code(asked.header)
    if not named and fit.cells < CELLS_OF_A_PLAIN_CODE:
        return None
    return Decision(
        type=_T.BARCODE,
        confidence=_sure(fit.cells) if named else 0.8,
        reason="Every cell is a GTIN with a correct check digit.",
        fit=fit,
    )


def _number(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.NUMBER)
    evidence = asked.evidence
    if fit is None or evidence.zero_led:
        return None
    short = evidence.longest <= asked.settings.short_text_max_characters
    if hints.says_code(asked.header) and short and not asked.has_signs:
        return Decision(
            type=_T.SHORT_TEXT,
            confidence=0.8,
            reason="Every cell is a number, but the header says that it is a code.",
        )
    if (in_unit := _in_unit_of_header(asked)) is not None:
        return in_unit
    currency = " with one currency" if evidence.numbers.currencies else ""
    return Decision(
        type=_T.NUMBER,
        confidence=_sure(fit.cells),
        reason=f"Every cell is a number{currency}.",
        fit=fit,
        fields=_limits_of(asked, fit),
    )


def near_number(asked: Asked) -> Decision | None:
    """A number, if all but a few cells are: the few may be mistakes, such as `~40`."""
    form, evidence = _form(asked, _T.NUMBER), asked.evidence
    is_other = asked.is_pair or asked.has_signs or asked.shows_texts or evidence.zero_led
    if is_other or isinstance(form, tuple) or hints.says_code(asked.header):
        return None
    fit = evidence.fit(chosen_name(_T.NUMBER, form))
    misfits = evidence.typed_cells - fit.cells
    if not 0 < misfits <= MOST_MISFITS or fit.cells < SHARE_OF_FITS * evidence.typed_cells:
        return None
    return Decision(
        type=_T.NUMBER,
        confidence=_share(fit.cells / evidence.typed_cells),
        reason=f"All cells but {misfits:,} are numbers.",
        fit=fit,
        fields=_limits_of(asked, fit),
    )


def _limits_of(asked: Asked, fit: Fit) -> dict[str, Any]:
    if fit.cells < CELLS_FOR_LIMITS:
        return {}
    return _limits(asked.header, fit, has_currency=bool(asked.evidence.numbers.currencies))


def _limits(header: str, fit: Fit, *, has_currency: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if fit.low is not None and fit.low >= 0 and (has_currency or hints.is_never_negative(header)):
        fields["min"] = 0
    if fit.decimals == EXPONENT:
        return fields
    if hints.says_count(header) and fit.decimals == 0:
        fields["decimals"] = 0
    elif (has_currency or hints.says_money(header)) and fit.decimals <= 2:
        fields["decimals"] = 2
    return fields


def _in_unit_of_header(asked: Asked) -> Decision | None:
    """Of numbers under `Weight (kg)`."""
    found = unit_in(asked.header)
    if found is None or not hints.is_unit(found[1]) or asked.has_signs:
        return None
    fit = _whole_fit(asked, _T.MEASURE)
    if fit is None or set(asked.evidence.units or {"?": 1}) != {""}:
        return None
    name, unit = found
    return Decision(
        type=_T.MEASURE,
        confidence=_sure(fit.cells),
        reason="Every cell is a number, and the header names its unit.",
        fit=fit,
        fields={"unit": unit},
        name=name,
    )


def _measure(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.MEASURE)
    units = asked.evidence.units
    if fit is None or not units or "" in units or len(units) > MOST_UNITS:
        return None
    unit, cells = max(units.items(), key=lambda item: (item[1], item[0]))
    known = all(map(hints.is_unit, units))
    if not (known or asked.is_pair) and (
        fit.cells < CELLS_OF_A_PLAIN_CODE or cells * 2 < fit.cells
    ):
        return None
    if not _all_fit(
        AttributeDefinition("value", _T.MEASURE, unit=unit),
        [f"1 {other}" for other in units],
        asked.settings,
    ):
        return None
    others = f", mostly {unit}" if len(units) > 1 else f", {unit}"
    return Decision(
        type=_T.MEASURE,
        confidence=_sure(fit.cells) if known or asked.is_pair else 0.7,
        reason=f"Every cell is a number with a unit{others}.",
        fit=fit,
        fields={"unit": unit},
    )


def _address(asked: Asked) -> Decision | None:
    fit = _whole_fit(asked, _T.URL)
    if fit is None:
        return None
    pictures = asked.evidence.fit(_T.IMAGE.value).cells
    kind = _T.IMAGE if pictures * 2 > fit.cells else _T.URL
    what = "of a picture" if kind is _T.IMAGE else "on the web"
    return Decision(
        type=kind,
        confidence=_sure(fit.cells),
        reason=f"Every cell is an address {what}.",
        fit=fit,
    )


def _list(asked: Asked) -> Decision | None:
    evidence = asked.evidence
    fit = evidence.fit(LIST)
    parts = evidence.parts
    if not (evidence.with_semicolon and parts and fit.cells == evidence.cells):
        return None
    mentions = sum(parts.values())
    if len(parts) > MOST_OPTIONS or mentions < 2 * len(parts) or not _are_options(parts):
        return None
    return Decision(
        type=_T.MULTIPLE_SELECT,
        confidence=_share(1 - 0.8 * len(parts) / mentions),
        reason=f"The cells list {len(parts)} different texts, separated by semicolons.",
        fit=fit,
        fields={"options": _options(parts)},
    )


def _select(asked: Asked) -> Decision | None:
    evidence = asked.evidence
    values = evidence.values
    if not values or evidence.cells < CELLS_OF_A_SELECT or not _are_options(values):
        return None
    different = len(values)
    if (
        different > MOST_OPTIONS
        or evidence.cells < 2 * different
        or evidence.with_markup
        or hints.says_prose(asked.header)
    ):
        return None
    options = _options(values)
    definition = AttributeDefinition("value", _T.SINGLE_SELECT, options=tuple(options))
    if not _all_fit(definition, options, asked.settings):
        return None
    return Decision(
        type=_T.SINGLE_SELECT,
        confidence=_share(1 - 0.8 * different / evidence.cells),
        reason=f"{evidence.cells:,} cells have {different:,} different "
        f"text{'s' if different > 1 else ''}.",
        fields={"options": options},
    )


def _text(asked: Asked) -> Decision:
    evidence = asked.evidence
    limit = asked.settings.short_text_max_characters
    kind, reason = _T.LONG_TEXT, f"Some texts have more than {limit} characters or several lines."
    if evidence.with_markup:
        kind, reason = _T.RICH_TEXT, "Some texts have markup of web pages."
    elif asked.has_signs:
        reason = "Some cells are texts, and others numbers in a format of their own."
    elif evidence.longest <= limit and not evidence.with_line_ends:
        kind, reason = _T.SHORT_TEXT, f"No text has more than {limit} characters."
    undecided = [
        form
        for k in (_T.NUMBER, _T.DATE, _T.DATETIME)
        if isinstance(form := _form(asked, k), tuple)
    ]
    if undecided:
        cells = " and ".join(f'"{text}"' for text in undecided[0])
        reason = (
            f"The cells read in two ways, such as {cells}, and none decides. Give a “locale” with "
            "the options if they are numbers or dates."
        )
    nearest = max((fit.cells for _, fit in best_fits(asked)), default=0)
    share = nearest / evidence.cells if evidence.cells else 0.0
    sure = 0.4 if undecided else min(_sure(evidence.cells), 0.95) * (1 - 0.7 * share)
    return Decision(type=kind, confidence=_share(sure), reason=reason)


_WAYS = (_boolean, _date, _datetime, _barcode, _number, _measure, _address, _list, _select)


def _are_options(texts: dict[str, int]) -> bool:
    return all(len(text) <= LONGEST_OPTION and text.isprintable() for text in texts)


def _options(counts: dict[str, int]) -> list[str]:
    """The most frequent ones first."""
    return sorted(counts, key=lambda text: (-counts[text], text))


def _all_fit(definition: AttributeDefinition, texts: list[str], settings: Settings) -> bool:
    frame = pl.DataFrame({"0": texts}, schema={"0": pl.String})
    return not rules_of(definition, settings).validate(frame).faults.height


def _sure(cells: int) -> float:
    return _share(1 - 0.5 / max(cells, 1))


def _share(part: float) -> float:
    return round(min(max(part, 0.0), 0.99), 2)
