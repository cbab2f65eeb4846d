"""The caller's steps for the columns of a file, as expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from core.attributes.comparing import visible
from core.attributes.definitions import (
    TRAITS,
    AttributeDefinition,
    StoredAs,
)
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.whitespace import trim, trimmed
from core.file_format import StepKind, ValueStep

_ROLES = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE, ColumnRole.MEASURE_UNIT)

Change = Callable[[pl.Expr], pl.Expr]
"""Of texts without blanks around them."""


@dataclass(frozen=True, slots=True)
class TextStep:
    name: StepKind
    change: Change


@dataclass(frozen=True, slots=True)
class SteppedColumn:
    """Steps for the texts of a column."""

    index: int
    steps: tuple[TextStep, ...]
    is_list: bool
    """Each value of a list is changed by itself."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A measure to be converted."""

    value: Column
    unit: Column | None
    """Of a measure in two columns."""
    own: str
    """The unit of a number without one."""
    step: ValueStep

    @property
    def wanted(self) -> str:
        return self.step.unit or self.own

    @property
    def columns(self) -> tuple[Column, ...]:
        return (self.value,) if self.unit is None else (self.value, self.unit)


@dataclass(frozen=True, slots=True)
class CompiledSteps:
    before_locale: tuple[SteppedColumn, ...] = ()
    after_locale: tuple[SteppedColumn, ...] = ()
    converted: tuple[Converted, ...] = ()

    def where(self, wanted: Callable[[int], bool]) -> CompiledSteps:
        """The same for some columns."""
        return CompiledSteps(
            tuple(column for column in self.before_locale if wanted(column.index)),
            tuple(column for column in self.after_locale if wanted(column.index)),
            tuple(measure for measure in self.converted if wanted(measure.value.index)),
        )


@lru_cache(maxsize=4)
def compiled_steps(
    steps: tuple[ValueStep, ...],
    columns: tuple[Column, ...],
    definitions: tuple[AttributeDefinition, ...],
) -> CompiledSteps:
    """Of steps that were checked: those for attributes that some column feeds."""
    by_name = {definition.name: definition for definition in definitions}
    of_attribute: dict[str, list[ValueStep]] = {}
    for step in steps:
        if (name := trim(step.attribute)) in by_name:
            of_attribute.setdefault(name, []).append(step)
    fed = [column for column in columns if column.role in _ROLES]
    before: list[SteppedColumn] = []
    after: list[SteppedColumn] = []
    converted: list[Converted] = []
    for name, own_steps in of_attribute.items():
        definition = by_name[name]
        own = [column for column in fed if column.attribute == name]
        texts = tuple(_text_steps(own_steps, definition))
        stored_as = TRAITS[definition.type].stored_as
        is_text = stored_as in (StoredAs.TEXT, StoredAs.LIST)
        if texts:
            (after if is_text else before).extend(
                SteppedColumn(column.index, texts, stored_as is StoredAs.LIST) for column in own
            )
        units = [column for column in own if column.role is ColumnRole.MEASURE_UNIT]
        values = [column for column in own if column.role is not ColumnRole.MEASURE_UNIT]
        for step in own_steps:
            if step.step is StepKind.CONVERT and values:
                unit = units[0] if units else None
                converted.append(Converted(values[0], unit, definition.unit or "", step))
    return CompiledSteps(tuple(before), tuple(after), tuple(converted))


def _text_steps(steps: Sequence[ValueStep], definition: AttributeDefinition) -> Iterator[TextStep]:
    """Synonyms that follow each other are one step: a word is looked up once."""
    words: dict[str, str] = {}
    for step in steps:
        if step.step is StepKind.SYNONYM:
            words |= {visible(trim(word)).lower(): trim(step.means or "") for word in step.words}
            continue
        if words:
            yield TextStep(StepKind.SYNONYM, _looked_up(words))
            words = {}
        if step.step is StepKind.IGNORE_CASE:
            yield TextStep(step.step, _in_any_case(definition.options))
        elif step.step is not StepKind.CONVERT:
            yield TextStep(step.step, _text_change(step))
    if words:
        yield TextStep(StepKind.SYNONYM, _looked_up(words))


def _text_change(step: ValueStep) -> Change:
    prefix, suffix = visible(step.prefix or ""), visible(step.suffix or "")
    replaced, by = visible(step.text or ""), visible(step.by or "")

    def change(text: pl.Expr) -> pl.Expr:
        match step.step:
            case StepKind.REMOVE:
                return trimmed(text.str.strip_prefix(prefix).str.strip_suffix(suffix))
            case StepKind.ADD:
                before = pl.when(text.str.starts_with(prefix)).then(text).otherwise(prefix + text)
                whole = pl.when(text.str.ends_with(suffix)).then(before).otherwise(before + suffix)
                return trimmed(whole)
            case StepKind.REPLACE:
                return trimmed(text.str.replace_all(replaced, by, literal=True))
            case StepKind.UPPER_CASE:
                return text.str.to_uppercase()
            case _:
                return text.str.to_lowercase()

    return change


def _looked_up(words: dict[str, str]) -> Change:
    return lambda text: text.str.to_lowercase().replace_strict(
        words, default=text, return_dtype=pl.String
    )


def _in_any_case(options: Sequence[str]) -> Change:
    """An option stays itself. Options that differ in case alone are known only as they are."""
    texts = pl.Series(options, dtype=pl.String)
    once = texts.str.to_lowercase().is_unique()
    known = {option.lower(): option for option in texts.filter(once)}
    return _looked_up(known)
