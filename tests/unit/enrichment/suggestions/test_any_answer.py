"""Whatever JSON a model answers: only requested attributes, only values that the rules let pass."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.enrichment.model import EnrichedProduct, EnrichmentOutcome
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Answer, Provider
from core.enrichment.suggestions.suggesting import suggest
from core.products.validation import validate_items
from tests import model_server
from tests.model_server import ModelServer
from tests.unit.enrichment.enrichment_kit import (
    CATALOGUE,
    COLOUR,
    SETTINGS,
    T,
    attribute,
    named,
    product,
)
from tests.unit.enrichment.openai_calls import provider_for, settings_for

STORY = attribute("Story", T.RICH_TEXT)
DEFINITIONS = (*CATALOGUE, STORY)
REQUESTED = tuple(d for d in DEFINITIONS if d.name != "Name")
KEYS = [d.name.lower().replace(" ", "_") for d in REQUESTED]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**420), max_value=10**420)
    | st.sampled_from([2**63, -(2**63) - 1, 2**64, 10**400, 10**4299, -(10**4299)])
    | st.floats()
    | st.text(max_size=60)
    | st.sampled_from(
        [
            "red",
            "light blue",
            "2.5 kg",
            "1e999",
            "-1",
            "yes",
            "2026-03-01",
            "print;scan",
            "\ud800",
            "<b>",
        ]
    )
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "unit", "$gt", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
entries = (
    st.fixed_dictionaries({"value": anything, "confidence": anything, "drawnFrom": anything})
    | anything
)
answers = (
    st.dictionaries(
        st.sampled_from([*KEYS, "name", "_id", "Colour", "revision", "__proto__"]),
        entries,
        max_size=12,
    )
    | anything
)


def _text(value: Any) -> str:
    """JSON as a lenient server writes it: NaN, and integers of any length."""
    try:
        return json.dumps(value)
    except ValueError:  # Python writes no integer of over 4,300 digits
        return "1" * 5000


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@dataclasses.dataclass
class Scripted:
    """Answers with this, whatever the question."""

    content: Any
    name: str = "scripted"
    model: str = "m"
    endpoint: str = ""
    is_free: bool = False
    requested: int = 0

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        self.requested += 1
        return Answer(content=self.content)


@pytest.mark.slow
@given(answers)
def test_suggestions_pass_the_rules_and_only_asked_attributes_appear(content: Any) -> None:
    provider = Scripted(content)
    stored = {"Name": "Boot", "Notes": "text"}
    terms = named(*REQUESTED, replace=("Notes",))

    (enriched,) = suggest([product(stored)], DEFINITIONS, terms, provider, SETTINGS).products

    assert provider.requested <= 2
    assert (enriched.id, enriched.revision, enriched.name) == ("p1", 1, "Boot")
    reported = [s.attribute for s in enriched.suggestions] + [
        o.attribute for o in enriched.omissions
    ]
    if enriched.outcome is EnrichmentOutcome.FAILED:
        assert not isinstance(content, dict)
        assert enriched.suggestions == ()
    else:
        assert sorted(reported) == sorted(d.name for d in REQUESTED)  # each once, and no other
    for suggestion in enriched.suggestions:
        (validated,) = validate_items(
            [{suggestion.attribute: suggestion.value}], DEFINITIONS, SETTINGS, partial=True
        )
        assert validated.faults == ()
        assert dict(validated.values) == {suggestion.attribute: suggestion.value}
        assert set(suggestion.drawn_from) <= stored.keys()
        assert suggestion.confidence is None or 0 <= suggestion.confidence <= 1
    line = msgspec.json.encode(enriched)
    assert msgspec.json.decode(line, type=EnrichedProduct).id == "p1"


hugest = st.sampled_from([10**400, -(10**400), 10**4299, 2**63, 2**64])
envelopes = (
    st.recursive(
        scalars | hugest,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *("choices", "message", "content", "usage", "finish_reason", "refusal"),
                        *("prompt_tokens", "completion_tokens"),
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
    | st.builds(
        lambda choice, usage: {"choices": [choice], "usage": usage},
        anything,
        st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens"]), scalars | hugest),
    )
    | st.builds(
        lambda content, finish, tokens: {
            "choices": [{"message": {"content": content}, "finish_reason": finish}],
            "usage": {"prompt_tokens": tokens, "completion_tokens": tokens},
        },
        answers.map(_text) | scalars,
        st.sampled_from(["stop", "length", "content_filter", None, 7]),
        scalars | hugest,
    )
)


PAIR = [product({"Name": "Boot"}, "p1"), product({"Name": "Shoe"}, "p2")]


@pytest.fixture
def provider(server: ModelServer) -> Provider:
    return provider_for(settings_for(server))


@pytest.mark.slow
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.one_of(envelopes.map(_text).map(_encoded), st.binary(max_size=40)))
def test_whatever_a_server_sends_is_an_outcome_of_its_product_alone(
    server: ModelServer, provider: Provider, sent: bytes
) -> None:
    server.forget()
    server.script("Boot", model_server.body(sent))
    chosen = settings_for(server)

    outcome = suggest(PAIR, CATALOGUE, named(COLOUR), provider, chosen)

    boot, shoe = outcome.products
    assert shoe.outcome is EnrichmentOutcome.SUGGESTED
    assert boot.outcome is not EnrichmentOutcome.SKIPPED
    assert 1 <= boot.usage.requests <= 2
    assert 0 <= outcome.usage.cost_usd < 2000
    line = msgspec.json.encode(boot)
    assert msgspec.json.decode(line, type=EnrichedProduct) == boot
