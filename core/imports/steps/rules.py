"""The faults of value steps that no schema can express, as far as no attribute is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.attributes.naming import trimmed
from core.file_format import StepKind, UnitSystem
from core.imports.steps.units import is_of_two_systems, unit_named
from core.schemas import FieldFault
from core.wording import shortened

STEPS_MAX_BYTES = 64 * 1024
"""As ASCII JSON, for the same reason as a mapping's."""

_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    StepKind.REMOVE: (frozenset(), frozenset({"prefix", "suffix"})),
    StepKind.ADD: (frozenset(), frozenset({"prefix", "suffix"})),
    StepKind.REPLACE: (frozenset({"text"}), frozenset({"by"})),
    StepKind.UPPER_CASE: (frozenset(), frozenset()),
    StepKind.LOWER_CASE: (frozenset(), frozenset()),
    StepKind.SYNONYM: (frozenset({"words", "means"}), frozenset()),
    StepKind.IGNORE_CASE: (frozenset(), frozenset()),
    StepKind.CONVERT: (frozenset(), frozenset({"unit", "decimals", "system"})),
}
"""Kind of step → the fields that it needs, and those that it may have."""


def step_faults(steps: Any, *, has_locale: bool) -> Iterator[FieldFault]:
    """Of `options.valueSteps`, whatever its shape: fields that belong to other kinds of steps, two
    meanings of a word, units that nothing converts to, an order that cannot be kept."""
    if not isinstance(steps, list):
        return
    if len(json.dumps(steps)) > STEPS_MAX_BYTES:
        limit = f"{STEPS_MAX_BYTES:,} bytes"
        sentence = f"“valueSteps” must not be longer than {limit} of JSON."
        yield FieldFault("options.valueSteps", sentence)
        return
    meant: dict[tuple[str, str], tuple[int, str]] = {}
    converted: dict[str, int] = {}
    for at, step in enumerate(steps):
        if not isinstance(step, Mapping) or str(step.get("step")) not in _FIELDS:
            continue
        place = f"options.valueSteps[{at}]"
        kind, attribute = StepKind(step["step"]), trimmed(str(step.get("attribute")))
        yield from (FieldFault(place, sentence) for sentence in _shape_faults(kind, step))
        if kind is StepKind.SYNONYM:
            for word in _words(step):
                key, means = (attribute, word.lower()), str(step.get("means"))
                before, other = meant.setdefault(key, (at, means))
                if other != means:
                    yield FieldFault(
                        f"{place}.words",
                        f"Steps {before + 1} and {at + 1} of “valueSteps” give the word "
                        f"“{shortened(word)}” two meanings: “{shortened(other)}” and "
                        f"“{shortened(means)}”.",
                    )
        elif kind is StepKind.CONVERT:
            yield from (FieldFault(place, sentence) for sentence in _unit_faults(step))
            if not has_locale:
                sentence = (
                    "“convert” needs a “locale”, such as auto, so that no number is read in two "
                    "ways."
                )
                yield FieldFault(place, sentence)
        if attribute in converted and kind in (
            *(StepKind.CONVERT, StepKind.REMOVE, StepKind.REPLACE),
        ):
            yield FieldFault(
                place,
                f"Step {at + 1} of “valueSteps” comes after the attribute “{shortened(attribute)}” "
                f"was converted by step {converted[attribute] + 1}; “convert” is the last step of "
                "an attribute.",
            )
        if kind is StepKind.CONVERT:
            converted.setdefault(attribute, at)


def _shape_faults(kind: StepKind, step: Mapping[str, Any]) -> Iterator[str]:
    needed, allowed = _FIELDS[kind]
    given = {name for name, value in step.items() if value is not None} - {"attribute", "step"}
    for name in sorted(needed - given):
        yield f"The step “{kind}” needs “{name}”."
    known = frozenset().union(*(first | second for first, second in _FIELDS.values()))
    for name in sorted((given & known) - needed - allowed):
        yield f"The step “{kind}” has no “{name}”."
    if kind in (StepKind.REMOVE, StepKind.ADD):
        texts = [step.get("prefix"), step.get("suffix")]
        if texts == [None, None]:
            yield f"The step “{kind}” needs a “prefix” or a “suffix”."
        if any(isinstance(text, str) and not trimmed(text) for text in texts):
            yield f"A prefix or suffix of the step “{kind}” is blank; blanks are ignored anyway."
    words, means = step.get("words"), step.get("means")
    if isinstance(words, list) and len(_words(step)) < len(words):
        yield "A word of the step “synonym” is blank."
    if isinstance(means, str) and not trimmed(means):
        yield "“means” of the step “synonym” is blank."


def _words(step: Mapping[str, Any]) -> list[str]:
    words = step.get("words")
    given = words if isinstance(words, list) else []
    return [trimmed(word) for word in given if isinstance(word, str) and trimmed(word)]


def _unit_faults(step: Mapping[str, Any]) -> Iterator[str]:
    unit, system = step.get("unit"), step.get("system")
    if not isinstance(unit, str):
        return
    if system is None and is_of_two_systems(unit):
        yield (
            f"“{shortened(unit)}” is a US and an imperial unit; set “system” of the step "
            "“convert” to us or imperial."
        )
    elif unit_named(unit, UnitSystem.US) is None:
        yield (
            f"“{shortened(unit)}” is no unit that is converted to. Known are units of mass, length "
            "and volume, such as kg, lb, cm, in, ml, l."
        )
