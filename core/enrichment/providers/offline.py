"""The provider without a model: deterministic, free, and careful.

It finds what the product's own values say (an option, a labelled value, a number with its unit) and
composes a title or a description from them. What nothing supports it does not know. It serves
demonstrations, tests and merchants who want no model; `docs/enrichment.md` tells how good it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.questions import AskedAttribute, Question
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
"""Renamed when its suggestions change."""

_T = AttributeType


class OfflineProvider:
    name = "offline"
    model = MODEL
    endpoint = ""
    is_free = True

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        """The same question gives the same answer; a second try gives no other."""
        facts = Facts.of(question.known)
        return Answer(content={each.key: _entry(each, facts) for each in question.asked})


def _entry(asked: AskedAttribute, facts: Facts) -> Mapping[str, Any]:
    own = asked.definition.name
    others = facts.without(own)  # what is to be replaced is no evidence for itself
    found = _FINDERS[asked.definition.type](asked, others)
    if found is None:
        return {DRAWN_FROM: [], VALUE: None, CONFIDENCE: None}
    return {DRAWN_FROM: list(found.sources), VALUE: found.value, CONFIDENCE: found.confidence}


def _text(asked: AskedAttribute, facts: Facts) -> Found | None:
    return find_text(asked, facts) or compose(asked, facts)


_FINDERS: Mapping[AttributeType, Callable[[AskedAttribute, Facts], Found | None]] = {
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
