"""What a model is shown of a file stays within its bounds, whatever the file holds."""

from __future__ import annotations

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.enrichment.mapping.prompting import prompt_about
from core.imports.proposals.by_model import (
    MOST_ATTRIBUTES,
    MOST_COLUMNS,
    Column,
    mapping_question,
)
from core.imports.proposals.evidence import Cell, ColumnEvidence
from core.imports.proposals.model import Evidence, Proposal
from core.imports.proposals.resemblance import Target
from tests.model_server import strict_schema_fault

LIMIT = 20_000


def column(number: int, text: str, *, counted: bool = True) -> Column:
    proposal = Proposal(
        header=f"{number} {text}",
        column=number,
        attribute={"name": f"C{number}", "type": "short_text"},
        confidence=0.5,
        reason="Texts.",
        evidence=Evidence(cells=9, blanks=0, share=1, longest=len(text)),
    )
    texts = [f"{text} {each}" for each in range(9)]
    if counted:
        return proposal, ColumnEvidence(values=dict.fromkeys(texts, 1))
    cells = tuple(Cell(row=row, value=each) for row, each in enumerate(texts[:3], 1))
    return proposal, ColumnEvidence(values=None, misfits_of_absent=cells)


def target(number: int, text: str) -> Target:
    definition = AttributeDefinition(
        name=f"{number} {text}",
        type=AttributeType.SINGLE_SELECT,
        options=tuple(f"{text} {each}" for each in range(9)),
        headers=tuple(f"other {number} {each}" for each in range(9)),
    )
    return Target(definition, frozenset())


def test_a_small_file_is_shown_with_the_most_frequent_values_or_the_first_ones() -> None:
    proposal, _ = column(1, "red")
    frequent = (proposal, ColumnEvidence(values={"a": 1, "b": 7, "c": 3}))

    question = mapping_question(
        [frequent, column(2, "x" * 90, counted=False)],
        [target(1, "Oak")],
        {"1 Oak": "Wood."},
        LIMIT,
    )

    first, second = question.columns
    assert first.values == ("b", "c", "a")
    assert [len(value) for value in second.values] == [40] * 3
    (attribute,) = question.attributes
    assert (attribute.description, len(attribute.options), len(attribute.headers)) == (
        "Wood.",
        5,
        3,
    )


@pytest.mark.parametrize("text", ["plain", "<<<>>>" * 16, "ü" * 100, '"\\\n' * 30])
@pytest.mark.parametrize("count", [1, 40, 400])
def test_no_file_and_no_catalogue_makes_the_question_longer_than_allowed(
    text: str, count: int
) -> None:
    columns = [column(number, text) for number in range(1, count + 1)]
    targets = [target(number, "n" * 90) for number in range(count)]
    descriptions = {each.definition.name: text * 20 for each in targets}

    question = mapping_question(columns, targets, descriptions, LIMIT)

    prompt = prompt_about(question)
    blanks = len(prompt.user) - len(prompt.user.replace("\n", "").replace(" ", ""))
    assert len(prompt.user) - blanks <= LIMIT + 200, "the sentences around the data"
    assert prompt.user.count("</file_data>") == 2
    assert 0 < len(question.columns) <= min(count, MOST_COLUMNS)
    assert 0 < len(question.attributes) <= min(count, MOST_ATTRIBUTES)
    assert strict_schema_fault(prompt.schema) is None
