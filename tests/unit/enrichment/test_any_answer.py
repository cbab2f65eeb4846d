"""Whatever JSON a model answers: only asked attributes, only values that the rules let pass."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from enrichment_kit import CATALOGUE, SETTINGS, named, product
from hypothesis import given
from hypothesis import strategies as st

from core.enrichment.model import EnrichedProduct, EnrichmentOutcome
from core.enrichment.providers.interface import Answer
from core.enrichment.questions import Question
from core.enrichment.suggesting import suggest
from core.products.judging import judge_items

ASKED = tuple(d for d in CATALOGUE if d.name != "Name")
KEYS = [d.name.lower().replace(" ", "_") for d in ASKED]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=60)
    | st.sampled_from(
        ["red", "light blue", "2.5 kg", "1e999", "-1", "yes", "2026-03-01", "print;scan", "\ud800"]
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


@dataclasses.dataclass
class Scripted:
    """Answers with this, whatever the question."""

    content: Any
    name: str = "scripted"
    model: str = "m"
    endpoint: str = ""
    is_free: bool = False
    asked: int = 0

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        self.asked += 1
        return Answer(content=self.content)


@given(answers)
def test_suggestions_pass_the_rules_and_only_asked_attributes_appear(content: Any) -> None:
    provider = Scripted(content)
    stored = {"Name": "Boot", "Notes": "text"}
    terms = named(*ASKED, replace=("Notes",))

    (enriched,) = suggest([product(stored)], CATALOGUE, terms, provider, SETTINGS).products

    assert provider.asked <= 2
    assert (enriched.id, enriched.revision, enriched.name) == ("p1", 1, "Boot")
    told = [s.attribute for s in enriched.suggestions] + [o.attribute for o in enriched.omissions]
    if enriched.outcome is EnrichmentOutcome.FAILED:
        assert not isinstance(content, dict)
        assert enriched.suggestions == ()
    else:
        assert sorted(told) == sorted(d.name for d in ASKED)  # each once, and no other
    for suggestion in enriched.suggestions:
        (judged,) = judge_items(
            [{suggestion.attribute: suggestion.value}], CATALOGUE, SETTINGS, partial=True
        )
        assert judged.faults == ()
        assert dict(judged.values) == {suggestion.attribute: suggestion.value}
        assert set(suggestion.drawn_from) <= stored.keys()
        assert suggestion.confidence is None or 0 <= suggestion.confidence <= 1
    line = msgspec.json.encode(enriched)
    assert msgspec.json.decode(line, type=EnrichedProduct).id == "p1"
