"""The provider without a model: deterministic, free, and cautious.

It finds values in the product's own texts (an option, a labelled value, a number with its unit) and
composes a title or a description from them. It abstains on everything else. It serves
demonstrations, tests, and merchants who use no model. `docs/enrichment.md` gives its accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.questions import Question, RequestedAttribute
from core.enrichment.providers.answer_schema import CONFIDENCE, DRAWN_FROM, VALUE
from core.enrichment.providers.composing import compose
from core.enrichment.providers.evidence import Facts, Found
from core.enrichment.providers.finding import (
    find_boolean,
    find_date,
    find_measure,
    find_number,
    find_text,
)
from core.enrichment.providers.interface import Answer
from core.enrichment.providers.options import find_options

MODEL = "offline-2"
"""Changes whenever its suggestions change."""

_T = AttributeType


class OfflineProvider:
    name = "offline"
    model = MODEL
    endpoint = ""
    is_free = True

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        """Deterministic: a second try gives the same answer."""
        facts = Facts.of(question.known)
        return Answer(content={each.key: _entry(each, facts) for each in question.requested})


def _entry(attribute: RequestedAttribute, facts: Facts) -> Mapping[str, Any]:
    own = attribute.definition.name
    others = facts.without(own)  # a value to replace is not evidence for itself
    found = _FINDERS[attribute.definition.type](attribute, others)
    if found is None:
        return {DRAWN_FROM: [], VALUE: None, CONFIDENCE: None}
    return {DRAWN_FROM: list(found.sources), VALUE: found.value, CONFIDENCE: found.confidence}


def _text(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    return find_text(attribute, facts) or compose(attribute, facts)


_FINDERS: Mapping[AttributeType, Callable[[RequestedAttribute, Facts], Found | None]] = {
    _T.SHORT_TEXT: _text,
    _T.LONG_TEXT: _text,
    _T.RICH_TEXT: _text,
    _T.NUMBER: find_number,
    _T.MEASURE: find_measure,
    _T.SINGLE_SELECT: find_options,
    _T.MULTIPLE_SELECT: find_options,
    _T.BOOLEAN: find_boolean,
    _T.DATE: find_date,
}
