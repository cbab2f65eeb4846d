"""Validates an answer: only requested attributes, and only values that pass the import's rules.

Whatever a model returns, and whatever a product's text instructed it to return, becomes a typed
value of a requested attribute, or an omission with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from core.attributes.definitions import AttributeType
from core.attributes.rules.model import FaultCode
from core.enrichment.model import Omission, OmissionCode, Suggestion
from core.enrichment.prompts.choosing import is_present
from core.enrichment.prompts.markup import ALLOWED_TAGS, is_safe_markup
from core.enrichment.prompts.questions import RequestedAttribute, WrongValue, value_text
from core.enrichment.providers.answer_schema import CONFIDENCE, DRAWN_FROM, VALUE
from core.enrichment.providers.interface import Provider
from core.products.validation import validate_items
from core.settings import Settings

_TAGS = ", ".join(ALLOWED_TAGS)


@dataclass(frozen=True, slots=True)
class ValidatedAnswer:
    suggestions: tuple[Suggestion, ...]
    omissions: tuple[Omission, ...]
    """One for each other requested attribute."""
    wrong: tuple[WrongValue, ...]
    """The omissions that are worth a second try: all except abstentions."""


@dataclass(frozen=True, slots=True)
class _AnsweredValue:
    requested: RequestedAttribute
    value: Any
    confidence: float | None
    drawn_from: tuple[str, ...]


def validate_answer(
    content: Any,
    requested: Sequence[RequestedAttribute],
    present: Mapping[str, Any],
    provider: Provider,
    settings: Settings,
) -> ValidatedAnswer:
    """`content` is untrusted JSON, `present` the product's values. Attributes that were not
    requested are ignored. The result has the order of `requested`."""
    answers = content if isinstance(content, Mapping) else {}
    answered: list[_AnsweredValue] = []
    omissions: dict[str, Omission] = {}
    wrong: dict[str, WrongValue] = {}
    for each in requested:
        entry = answers.get(each.key)
        if not isinstance(entry, Mapping) or VALUE not in entry:
            _omit(each, OmissionCode.NOT_ANSWERED, "was not answered", omissions, wrong)
        elif _is_abstention(entry[VALUE]):
            omissions[each.key] = _abstention(each.definition.name, provider)
        else:
            answered.append(
                _AnsweredValue(
                    requested=each,
                    value=entry[VALUE],
                    confidence=_confidence(entry.get(CONFIDENCE)),
                    drawn_from=_drawn_from(entry.get(DRAWN_FROM), present, each.definition.name),
                )
            )
    suggestions = _validate_values(answered, present, provider, settings, omissions, wrong)
    return ValidatedAnswer(
        suggestions=tuple(suggestions),
        omissions=tuple(omissions[a.key] for a in requested if a.key in omissions),
        wrong=tuple(wrong[a.key] for a in requested if a.key in wrong),
    )


def _validate_values(
    answered: Sequence[_AnsweredValue],
    present: Mapping[str, Any],
    provider: Provider,
    settings: Settings,
    omissions: dict[str, Omission],
    wrong: dict[str, WrongValue],
) -> list[Suggestion]:
    # one item per value, so that a value that breaks a rule does not affect the others
    items = [{each.requested.definition.name: each.value} for each in answered]
    definitions = [each.requested.definition for each in answered]
    suggestions = []
    for each, validated in zip(
        answered, validate_items(items, definitions, settings, partial=True), strict=True
    ):
        requested, name = each.requested, each.requested.definition.name
        faults = [fault for fault in validated.faults if not _means_empty(fault.code)]
        if faults:
            fault = faults[0]
            value = fault.value if fault.value is not None else _shown(each.value, settings)
            omissions[requested.key] = Omission(
                attribute=name, code=fault.code, message=fault.message, value=value
            )
            wrong[requested.key] = WrongValue(
                requested=requested, value=value, reason=fault.message
            )
        elif name not in validated.values:
            omissions[requested.key] = _abstention(name, provider)
        elif _has_unsafe_markup(requested, validated.values[name]):
            message = (
                f'Attribute "{name}": the suggested text has HTML attributes, or other tags '
                f"than {_TAGS}."
            )
            value = _shown(each.value, settings)
            omissions[requested.key] = Omission(
                attribute=name, code=OmissionCode.UNSAFE_MARKUP, message=message, value=value
            )
            wrong[requested.key] = WrongValue(requested=requested, value=value, reason=message)
        elif is_present(present, name) and validated.values[name] == present[name]:
            omissions[requested.key] = Omission(
                attribute=name,
                code=OmissionCode.ALREADY_THERE,
                message=f'Attribute "{name}": the suggested value equals the present one.',
            )
        else:
            suggestions.append(
                Suggestion(
                    attribute=name,
                    value=validated.values[name],
                    provider=provider.name,
                    model=provider.model,
                    confidence=each.confidence,
                    drawn_from=each.drawn_from,
                    replaces=present[name] if is_present(present, name) else None,
                )
            )
    return suggestions


def _has_unsafe_markup(requested: RequestedAttribute, value: Any) -> bool:
    is_rich = requested.definition.type is AttributeType.RICH_TEXT
    return is_rich and isinstance(value, str) and not is_safe_markup(value)


def _omit(
    requested: RequestedAttribute,
    code: OmissionCode,
    reason: str,
    omissions: dict[str, Omission],
    wrong: dict[str, WrongValue],
) -> None:
    message = f'Attribute "{requested.definition.name}" {reason}.'
    omissions[requested.key] = Omission(
        attribute=requested.definition.name, code=code, message=message
    )
    wrong[requested.key] = WrongValue(requested=requested, value=None, reason=message)


def _abstention(attribute: str, provider: Provider) -> Omission:
    message = f'Attribute "{attribute}": {provider.name} does not know.'
    return Omission(attribute=attribute, code=OmissionCode.ABSTAINED, message=message)


def _is_abstention(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _means_empty(code: str) -> bool:
    """Does a required attribute lack a value? Here that is an abstention: nothing is removed."""
    return code == FaultCode.REQUIRED_VALUE_MISSING


def _confidence(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None  # neither is true of NaN


def _drawn_from(value: Any, present: Mapping[str, Any], own: str) -> tuple[str, ...]:
    """The named attributes that have a value, without duplicates, in the answer's order."""
    named = value if isinstance(value, list | tuple) else ()
    valid = (n for n in named if isinstance(n, str) and n != own and is_present(present, n))
    return tuple(dict.fromkeys(valid))


def _in_words(value: Any) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # Python does not print integers of over 4,300 digits
        return "(too large to be shown)"


def _shown(value: Any, settings: Settings) -> str:
    try:
        text = value_text(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):  # not representable in JSON
        text = _in_words(value)
    # a lone surrogate could not be written to S3
    valid = text.encode("utf-8", "replace").decode()
    return valid[: settings.fault_value_max_characters]
