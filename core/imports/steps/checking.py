"""Whether value steps fit their attributes. Without polars, for functions that only save them."""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.definitions import TRAITS, AttributeDefinition, AttributeType, StoredAs
from core.attributes.naming import trimmed
from core.errors import FileRefused
from core.file_format import StepKind, ValueStep
from core.imports.steps.units import is_of_two_systems, unit_named
from core.outcomes import RefusalCode
from core.wording import shortened

_TEXT_STEPS = frozenset(
    {StepKind.REMOVE, StepKind.ADD, StepKind.REPLACE, StepKind.UPPER_CASE, StepKind.LOWER_CASE}
)
_CLEANING = frozenset({StepKind.REMOVE, StepKind.REPLACE})
"""Also for values that are no texts. They are taken before it is decided how numbers and dates are
written, so that what they leave is read like every other cell."""


def check_steps(steps: Sequence[ValueStep], definitions: Sequence[AttributeDefinition]) -> None:
    """Raises FileRefused VALUE_STEPS_INVALID for steps that do not fit their attributes."""
    by_name = {definition.name: definition for definition in definitions}
    for step in steps:
        name = trimmed(step.attribute)
        if name not in by_name:
            raise _invalid(
                f'name the attribute "{shortened(name)}", which does not '
                "exist. Define it, or change the steps"
            )
        _check(step, by_name[name])


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
    attribute = shortened(definition.name)
    if not fits:
        raise _invalid(
            f'have the step "{kind}" for the attribute "{attribute}", and values of the type '
            f"{definition.type} have no such step"
        )
    if kind is StepKind.SYNONYM and traits.has_options:
        _check_synonym(step, definition, attribute)
    if kind is StepKind.CONVERT:
        _check_units(step, definition, attribute)


def _check_synonym(step: ValueStep, definition: AttributeDefinition, attribute: str) -> None:
    means = trimmed(step.means or "")
    if means not in definition.options:
        raise _invalid(
            f'give "{shortened(means)}" as a meaning of words, which is '
            f'no option of the attribute "{attribute}"'
        )
    options = {option.lower() for option in definition.options if option != means}
    for word in step.words:
        if trimmed(word).lower() in options:
            raise _invalid(
                f'give the word "{shortened(word)}" another meaning, but '
                f'it is an option of the attribute "{attribute}" itself'
            )


def _check_units(step: ValueStep, definition: AttributeDefinition, attribute: str) -> None:
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
            raise _invalid(f'convert the attribute "{attribute}", with the unit "{name}", {reason}')
    if len({unit.dimension for unit in known if unit}) > 1:
        raise _invalid(
            f'convert the attribute "{attribute}" from {own} to {wanted}, which is a unit of '
            "another dimension"
        )


def _invalid(reason: str) -> FileRefused:
    return FileRefused(RefusalCode.VALUE_STEPS_INVALID, f"The value steps {reason}.")
