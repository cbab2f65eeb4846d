"""Measures in one unit, by exact arithmetic on the digits of the file.

A converted number keeps 15 significant digits, which is what a double holds of every number, or is
rounded to the decimal places that the step names. Both round half to even, once, from the exact
result.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache, partial

import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.rules.distinct import by_distinct
from core.attributes.rules.types.measure import SPLIT, in_one_text
from core.file_format import StepKind
from core.imports.steps.compiling import Converted
from core.imports.steps.units import Unit, is_of_two_systems, unit_named

SIGNIFICANT_DIGITS = 15
ROUNDED = "rounded"
"""Shown beside the step if digits were lost."""
MAX_CHARACTERS = 100
"""Of a number. It bounds the work on a cell; no double needs more."""
MAX_EXPONENT = 330
NUMBERS_REMEMBERED = 4_096
"""Of a unit. The arithmetic costs far more than looking a number up."""

_EXACT = Context(prec=4 * MAX_CHARACTERS, traps=[Inexact])
_KEPT = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
_SCHEMA = {"number": pl.String, "steps": pl.String, "reason": pl.String}


def converted(cells: pl.DataFrame, measure: Converted) -> pl.DataFrame:
    """For each row the converted `number`, null if it stays as it is; which `steps` changed it, as
    the elements of a JSON array; and the `reason` why a value cannot be converted, as the end of a
    sentence that quotes the cell. `cells` are prepared: the value, and the unit if it has a column.
    """
    whole = in_one_text(cells, cells.columns)
    return by_distinct(whole, partial(_convert, measure=measure))


def _convert(texts: pl.Series, measure: Converted) -> pl.DataFrame:
    parts = texts.to_frame("text").select(pl.col("text").str.extract_groups(SPLIT)).unnest("text")
    numbers, units = parts["1"], parts["2"].str.strip_chars(BLANKS)
    targets = {unit: _target(unit, measure) for unit in units.drop_nulls().unique()}
    others = [unit for unit, target in targets.items() if not target.is_wanted]
    rows = (units.is_in(others) & numbers.is_not_null()).arg_true()
    found = [
        targets[unit].convert(number)
        for number, unit in zip(
            numbers.gather(rows).to_list(), units.gather(rows).to_list(), strict=True
        )
    ]
    answers = pl.DataFrame(found, schema=_SCHEMA, orient="row").with_columns(rows.alias("row"))
    every = texts.to_frame().with_row_index("row").select(pl.col("row").cast(rows.dtype))
    return every.join(answers, on="row", how="left", maintain_order="left").select(*_SCHEMA)


_Answer = tuple[str | None, str | None, str | None]


@lru_cache(maxsize=256)
def _target(unit: str, measure: Converted) -> _Target:
    return _Target.of(unit, measure)


class _Target:
    """How numbers of one unit are converted."""

    def __init__(self, factor: Fraction | None, reason: str | None, measure: Converted) -> None:
        self._factor, self._reason = factor, reason
        self._step, self._wanted = measure.step, measure.wanted
        if factor is not None:
            self._numerator, self._denominator = map(Decimal, factor.as_integer_ratio())
        self.convert = lru_cache(maxsize=NUMBERS_REMEMBERED)(self._convert)
        """The same numbers come again with the next rows."""

    @classmethod
    def of(cls, unit: str, measure: Converted) -> _Target:
        written = unit or measure.own
        if written == measure.wanted and (unit or measure.own == measure.wanted):
            return cls(None, None, measure)
        source = unit_named(written, measure.step.system)
        wanted = unit_named(measure.wanted, measure.step.system)
        if source is None or wanted is None or source.dimension is not wanted.dimension:
            return cls(None, _why_not(written, source, wanted, measure), measure)
        return cls(source.factor / wanted.factor, None, measure)

    @property
    def is_wanted(self) -> bool:
        """Numbers of this unit stay as they are."""
        return self._factor is None and self._reason is None

    def _convert(self, number: str) -> _Answer:
        if self._factor is None:
            return (None, None, self._reason)
        value = Decimal(number) if len(number) <= MAX_CHARACTERS else None
        if value is None or (value and abs(value.adjusted()) > MAX_EXPONENT):
            return (None, None, '" has too many digits to be converted')
        exact = _EXACT.multiply(value, self._numerator)
        result = _KEPT.divide(exact, self._denominator)
        decimals = self._step.decimals
        if decimals is not None and _places(result) > decimals:
            scaled = round(Fraction(value) * self._factor * 10**decimals)
            if value and not scaled:
                return (None, None, f'" is rounded to 0 {self._wanted} by the step "convert"')
            result = Decimal(scaled).scaleb(-decimals)
        kept = _EXACT.multiply(result, self._denominator) == exact
        return (_plain(result), _STEP if kept else _STEP_ROUNDED, None)


_STEP = f'"{StepKind.CONVERT}"'
_STEP_ROUNDED = f'{_STEP},"{ROUNDED}"'


def _why_not(written: str, source: Unit | None, wanted: Unit | None, measure: Converted) -> str:
    if source is None and is_of_two_systems(written):
        return '" is in a US or an imperial unit: set the “system” of the step “convert”'
    dimension = wanted.dimension if wanted else ""
    return f'" cannot be converted to {measure.wanted}: it is in no known unit of {dimension}'


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
