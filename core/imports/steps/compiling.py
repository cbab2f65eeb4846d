"""The caller's steps for the columns of a file, as expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from core.attributes.definitions import (
    TRAITS,
    AttributeDefinition,
    AttributeType,
    StoredAs,
)
from core.attributes.rules.invisibles import visible
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim, trimmed
from core.errors import FileRefused
from core.file_format import StepKind, ValueStep
from core.imports.steps.units import is_of_two_systems, unit_named
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import RefusalCode

_TEXT_STEPS = frozenset(
    {StepKind.REMOVE, StepKind.ADD, StepKind.REPLACE, StepKind.UPPER_CASE, StepKind.LOWER_CASE}
)
_CLEANING = frozenset({StepKind.REMOVE, StepKind.REPLACE})
"""Also for values that are no texts. They are taken before it is decided how numbers and dates are
written, so that what they leave is read like every other cell."""
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


def check_steps(steps: Sequence[ValueStep], definitions: Sequence[AttributeDefinition]) -> None:
    """Raises FileRefused VALUE_STEPS_INVALID for steps that do not fit their attributes."""
    by_name = {definition.name: definition for definition in definitions}
    for step in steps:
        name = trim(step.attribute)
        if name not in by_name:
            raise _invalid(
                f'name the attribute "{shown_text(name, HEADER_SHOWN_CHARACTERS)}", which does not '
                "exist. Define it, or change the steps"
            )
        _check(step, by_name[name])


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


def _check(step: ValueStep, definition: AttributeDefinition) -> None:
    kind, traits = step.step, TRAITS[definition.type]
    is_text = traits.stored_as in (StoredAs.TEXT, StoredAs.LIST)
    fits = (
        kind in _CLEANING
        or (kind in _TEXT_STEPS and is_text)
        or (kind is StepKind.CONVERT and definition.type is AttributeType.MEASURE)
        or (kind is StepKind.IGNORE_CASE and traits.has_options)
        or (
            kind is StepKind.SYNONYM
            and (traits.has_options or definition.type is AttributeType.SHORT_TEXT)
        )
    )
    shown = shown_text(definition.name, HEADER_SHOWN_CHARACTERS)
    if not fits:
        raise _invalid(
            f'have the step "{kind}" for the attribute "{shown}", and values of the type '
            f"{definition.type} have no such step"
        )
    if kind is StepKind.SYNONYM and traits.has_options:
        _check_synonym(step, definition, shown)
    if kind is StepKind.CONVERT:
        _check_units(step, definition, shown)


def _check_synonym(step: ValueStep, definition: AttributeDefinition, shown: str) -> None:
    means = trim(step.means or "")
    if means not in definition.options:
        raise _invalid(
            f'give "{shown_text(means, HEADER_SHOWN_CHARACTERS)}" as a meaning of words, which is '
            f'no option of the attribute "{shown}"'
        )
    options = {option.lower() for option in definition.options if option != means}
    for word in step.words:
        if trim(word).lower() in options:
            raise _invalid(
                f'give the word "{shown_text(word, HEADER_SHOWN_CHARACTERS)}" another meaning, but '
                f'it is an option of the attribute "{shown}" itself'
            )


def _check_units(step: ValueStep, definition: AttributeDefinition, shown: str) -> None:
    own, wanted = definition.unit or "", step.unit or definition.unit or ""
    known = [unit_named(unit, step.system) for unit in (own, wanted)]
    for name, unit in zip((own, wanted), known, strict=True):
        if unit is None:
            two = is_of_two_systems(name)
            reason = (
                'which is a US and an imperial unit: set the "system" of the step'
                if two
                else "which no other unit converts to"
            )
            raise _invalid(f'convert the attribute "{shown}", with the unit "{name}", {reason}')
    if len({unit.dimension for unit in known if unit}) > 1:
        raise _invalid(
            f'convert the attribute "{shown}" from {own} to {wanted}, which is a unit of another '
            "dimension"
        )


def _invalid(reason: str) -> FileRefused:
    return FileRefused(RefusalCode.VALUE_STEPS_INVALID, f"The value steps {reason}.")


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
