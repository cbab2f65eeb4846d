"""The type of one column. A type that some cell does not fit is never proposed."""

from __future__ import annotations

from collections.abc import Callable

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.locale.words import EMPTY_WORDS
from core.imports.proposals import hints
from core.imports.proposals.evidence import LIST
from core.imports.proposals.fitting import (
    Asked,
    Decision,
    all_fit,
    as_confidence,
    best_fits,
    confidence_by_cells,
    form_of,
    whole_fit,
)
from core.imports.proposals.number_types import CELLS_FOR_LIMITS, measure, number

_T = AttributeType
MOST_OPTIONS = 100
"""A column with more different texts is no select."""
LONGEST_OPTION = 60
CELLS_OF_A_SELECT = 4
CELLS_OF_A_PLAIN_CODE = 5
"""Digits that satisfy a check digit so often are no accident, whatever the header says."""
WORDS_FOR_TRUTH = frozenset(
    {
        *("true", "false", "yes", "no", "ja", "nein", "oui", "non", "wahr", "falsch", "vrai"),
        *("faux", "vero", "falso", "sim", "não", "sí"),
    }
)


def decide(asked: Asked) -> Decision:
    """The first type, from the strictest on, that all cells have and that the header does not
    speak against."""
    for way in _ways(asked):
        if (decision := way(asked)) is not None:
            return decision
    return _text(asked)


def _ways(asked: Asked) -> tuple[Callable[[Asked], Decision | None], ...]:
    if asked.has_signs:
        return (number,)
    if asked.shows_texts:
        return tuple(way for way in _WAYS if way not in (number, _barcode))
    return _WAYS


def _boolean(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.BOOLEAN)
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
        confidence=confidence_by_cells(fit.cells),
        reason="Every cell is a word for true or false.",
        fit=fit,
    )


def _date(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.DATE)
    if fit is None:
        return None
    return Decision(
        type=_T.DATE,
        confidence=confidence_by_cells(fit.cells),
        reason="Every cell is a day.",
        fit=fit,
    )


def _datetime(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.DATETIME)
    if fit is None:
        return None
    reason = "Every cell is a date with a time, or a date."
    return Decision(
        type=_T.DATETIME, confidence=confidence_by_cells(fit.cells), reason=reason, fit=fit
    )


def _barcode(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.BARCODE)
    if fit is None:
        return None
    named = hints.says_code(asked.header)
    if not named and fit.cells < CELLS_OF_A_PLAIN_CODE:
        return None
    return Decision(
        type=_T.BARCODE,
        confidence=confidence_by_cells(fit.cells) if named else 0.8,
        reason="Every cell is a GTIN with a correct check digit.",
        fit=fit,
    )


def _address(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.URL)
    if fit is None:
        return None
    pictures = asked.evidence.fit(_T.IMAGE.value).cells
    kind = _T.IMAGE if pictures * 2 > fit.cells else _T.URL
    what = "of a picture" if kind is _T.IMAGE else "on the web"
    return Decision(
        type=kind,
        confidence=confidence_by_cells(fit.cells),
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
        confidence=as_confidence(1 - 0.8 * len(parts) / mentions),
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
    if not all_fit(definition, options, asked.settings):
        return None
    return Decision(
        type=_T.SINGLE_SELECT,
        confidence=as_confidence(1 - 0.8 * different / evidence.cells),
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
        if isinstance(form := form_of(asked, k), tuple)
    ]
    if undecided:
        cells = " and ".join(f'"{text}"' for text in undecided[0])
        reason = (
            f"The cells read in two ways, such as {cells}, and none decides. Give a “locale” with "
            "the options if they are numbers or dates."
        )
    nearest = max((fit.cells for _, fit in best_fits(asked)), default=0)
    share = nearest / evidence.cells if evidence.cells else 0.0
    sure = 0.4 if undecided else min(confidence_by_cells(evidence.cells), 0.95) * (1 - 0.7 * share)
    return Decision(type=kind, confidence=as_confidence(sure), reason=reason)


_WAYS = (_boolean, _date, _datetime, _barcode, number, measure, _address, _list, _select)


def _are_options(texts: dict[str, int]) -> bool:
    return all(len(text) <= LONGEST_OPTION and text.isprintable() for text in texts)


def _options(counts: dict[str, int]) -> list[str]:
    """The most frequent ones first."""
    return sorted(counts, key=lambda text: (-counts[text], text))
