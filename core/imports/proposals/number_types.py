"""Columns of numbers: their limits, and the unit that cells or the header name."""

from __future__ import annotations

from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.proposals import hints
from core.imports.proposals.candidates import EXPONENT, chosen_name
from core.imports.proposals.evidence import Fit
from core.imports.proposals.fitting import (
    Asked,
    Decision,
    all_fit,
    as_confidence,
    confidence_by_cells,
    form_of,
    whole_fit,
)
from core.imports.proposals.naming import unit_in

_T = AttributeType
CELLS_FOR_LIMITS = 20
MOST_UNITS = 8
CELLS_OF_A_PLAIN_UNIT = 5
"""With an unknown unit, which is no accident then."""
MOST_MISFITS = 10
"""Cells that are no numbers, in a column for which a number is offered all the same."""
SHARE_OF_FITS = 0.99
"""Of the cells in such a column."""


def number(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.NUMBER)
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
        confidence=confidence_by_cells(fit.cells),
        reason=f"Every cell is a number{currency}.",
        fit=fit,
        fields=_limits_of(asked, fit),
    )


def near_number(asked: Asked) -> Decision | None:
    """A number, if all but a few cells are: the few may be mistakes, such as `~40`."""
    form, evidence = form_of(asked, _T.NUMBER), asked.evidence
    is_other = asked.is_pair or asked.has_signs or asked.shows_texts or evidence.zero_led
    if is_other or isinstance(form, tuple) or hints.says_code(asked.header):
        return None
    fit = evidence.fit(chosen_name(_T.NUMBER, form))
    misfits = evidence.typed_cells - fit.cells
    if not 0 < misfits <= MOST_MISFITS or fit.cells < SHARE_OF_FITS * evidence.typed_cells:
        return None
    return Decision(
        type=_T.NUMBER,
        confidence=as_confidence(fit.cells / evidence.typed_cells),
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
    fit = whole_fit(asked, _T.MEASURE)
    if fit is None or set(asked.evidence.units or {"?": 1}) != {""}:
        return None
    name, unit = found
    return Decision(
        type=_T.MEASURE,
        confidence=confidence_by_cells(fit.cells),
        reason="Every cell is a number, and the header names its unit.",
        fit=fit,
        fields={"unit": unit},
        name=name,
    )


def measure(asked: Asked) -> Decision | None:
    fit = whole_fit(asked, _T.MEASURE)
    units = asked.evidence.units
    if fit is None or not units or "" in units or len(units) > MOST_UNITS:
        return None
    unit, cells = max(units.items(), key=lambda item: (item[1], item[0]))
    known = all(map(hints.is_unit, units))
    if not (known or asked.is_pair) and (
        fit.cells < CELLS_OF_A_PLAIN_UNIT or cells * 2 < fit.cells
    ):
        return None
    if not all_fit(
        AttributeDefinition("value", _T.MEASURE, unit=unit),
        [f"1 {other}" for other in units],
        asked.settings,
    ):
        return None
    others = f", mostly {unit}" if len(units) > 1 else f", {unit}"
    return Decision(
        type=_T.MEASURE,
        confidence=confidence_by_cells(fit.cells) if known or asked.is_pair else 0.7,
        reason=f"Every cell is a number with a unit{others}.",
        fit=fit,
        fields={"unit": unit},
    )
