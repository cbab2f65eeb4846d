"""An answer, judged: only attributes that were asked, only values that the import's rules let pass.

Whatever a model returns, and whatever product text told it to return, ends here as a typed value of
an asked attribute or as an omission with a reason.
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
from core.enrichment.prompts.questions import AskedAttribute, WrongValue, value_text
from core.enrichment.providers.answer_schema import CONFIDENCE, DRAWN_FROM, VALUE
from core.enrichment.providers.interface import Provider
from core.products.validation import validate_items
from core.settings import Settings

_TAGS = ", ".join(ALLOWED_TAGS)


@dataclass(frozen=True, slots=True)
class ValidatedAnswer:
    suggestions: tuple[Suggestion, ...]
    omissions: tuple[Omission, ...]
    """Of all other attributes that were asked."""
    wrong: tuple[WrongValue, ...]
    """What of the omissions is worth asking once more: all but abstentions."""


@dataclass(frozen=True, slots=True)
class _Given:
    asked: AskedAttribute
    value: Any
    confidence: float | None
    drawn_from: tuple[str, ...]


def validate_answer(
    content: Any,
    asked: Sequence[AskedAttribute],
    present: Mapping[str, Any],
    provider: Provider,
    settings: Settings,
) -> ValidatedAnswer:
    """`content` is untrusted JSON, `present` the product's values. Attributes in the answer that
    were not asked are not looked at. Order: that of `asked`."""
    answers = content if isinstance(content, Mapping) else {}
    given: list[_Given] = []
    omissions: dict[str, Omission] = {}
    again: dict[str, WrongValue] = {}
    for each in asked:
        entry = answers.get(each.key)
        if not isinstance(entry, Mapping) or VALUE not in entry:
            _omit(each, OmissionCode.NOT_ANSWERED, "was not answered", omissions, again)
        elif _is_abstention(entry[VALUE]):
            omissions[each.key] = Omission(
                attribute=each.definition.name,
                code=OmissionCode.ABSTAINED,
                message=f'Attribute "{each.definition.name}": {provider.name} does not know.',
            )
        else:
            given.append(
                _Given(
                    asked=each,
                    value=entry[VALUE],
                    confidence=_confidence(entry.get(CONFIDENCE)),
                    drawn_from=_drawn_from(entry.get(DRAWN_FROM), present, each.definition.name),
                )
            )
    suggestions = _validate_values(given, present, provider, settings, omissions, again)
    return ValidatedAnswer(
        suggestions=tuple(suggestions),
        omissions=tuple(omissions[a.key] for a in asked if a.key in omissions),
        wrong=tuple(again[a.key] for a in asked if a.key in again),
    )


def _validate_values(
    given: Sequence[_Given],
    present: Mapping[str, Any],
    provider: Provider,
    settings: Settings,
    omissions: dict[str, Omission],
    again: dict[str, WrongValue],
) -> list[Suggestion]:
    # an item for each value, so that one that breaks a rule takes no other with it
    items = [{each.asked.definition.name: each.value} for each in given]
    definitions = [each.asked.definition for each in given]
    suggestions = []
    for each, judged in zip(
        given, validate_items(items, definitions, settings, partial=True), strict=True
    ):
        asked, name = each.asked, each.asked.definition.name
        faults = [fault for fault in judged.faults if not _means_empty(fault.code)]
        if faults:
            fault = faults[0]
            value = fault.value if fault.value is not None else _shown(each.value, settings)
            omissions[asked.key] = Omission(
                attribute=name, code=fault.code, message=fault.message, value=value
            )
            again[asked.key] = WrongValue(asked=asked, value=value, says=fault.message)
        elif name not in judged.values:
            omissions[asked.key] = Omission(
                attribute=name,
                code=OmissionCode.ABSTAINED,
                message=f'Attribute "{name}": {provider.name} does not know.',
            )
        elif _has_unsafe_markup(asked, judged.values[name]):
            message = (
                f'Attribute "{name}": the suggested text has other HTML than {_TAGS}, '
                "or attributes in it."
            )
            value = _shown(each.value, settings)
            omissions[asked.key] = Omission(
                attribute=name, code=OmissionCode.UNSAFE_MARKUP, message=message, value=value
            )
            again[asked.key] = WrongValue(asked=asked, value=value, says=message)
        elif is_present(present, name) and judged.values[name] == present[name]:
            omissions[asked.key] = Omission(
                attribute=name,
                code=OmissionCode.ALREADY_THERE,
                message=f'Attribute "{name}": the suggested value is the one that it has.',
            )
        else:
            suggestions.append(
                Suggestion(
                    attribute=name,
                    value=judged.values[name],
                    provider=provider.name,
                    model=provider.model,
                    confidence=each.confidence,
                    drawn_from=each.drawn_from,
                    replaces=present[name] if is_present(present, name) else None,
                )
            )
    return suggestions


def _has_unsafe_markup(asked: AskedAttribute, value: Any) -> bool:
    is_rich = asked.definition.type is AttributeType.RICH_TEXT
    return is_rich and isinstance(value, str) and not is_safe_markup(value)


def _omit(
    asked: AskedAttribute,
    code: OmissionCode,
    says: str,
    omissions: dict[str, Omission],
    again: dict[str, WrongValue],
) -> None:
    message = f'Attribute "{asked.definition.name}" {says}.'
    omissions[asked.key] = Omission(attribute=asked.definition.name, code=code, message=message)
    again[asked.key] = WrongValue(asked=asked, value=None, says=message)


def _is_abstention(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _means_empty(code: str) -> bool:
    """A required attribute without a value: an abstention here, since nothing is taken away."""
    return code == FaultCode.REQUIRED_VALUE_MISSING


def _confidence(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None  # neither is true of NaN


def _drawn_from(value: Any, present: Mapping[str, Any], own: str) -> tuple[str, ...]:
    """Only attributes that have a value, each once, in the answer's order."""
    named = value if isinstance(value, list | tuple) else ()
    sound = (n for n in named if isinstance(n, str) and n != own and is_present(present, n))
    return tuple(dict.fromkeys(sound))


def _in_words(value: Any) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # Python writes no integer of over 4,300 digits
        return "(too large to be shown)"


def _shown(value: Any, settings: Settings) -> str:
    try:
        text = value_text(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):  # what JSON has no form for
        text = _in_words(value)
    # half of a character could not be written to S3
    sound = text.encode("utf-8", "replace").decode()
    return sound[: settings.fault_value_max_characters]
