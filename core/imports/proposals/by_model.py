"""Which attributes columns mean, by a model: what it is shown, and which of its pairs are taken.

A model gets headers and a few values, cut. Whatever it answers, and whatever a text of the file
instructed it to answer, becomes a pair of a column and an attribute that it was asked about, whose
types fit, or is left out with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from core.imports.proposals.evidence import ColumnEvidence
from core.imports.proposals.model import Proposal
from core.imports.proposals.question import (
    AskedAttribute,
    AskedColumn,
    MappingQuestion,
    NamedPair,
)
from core.imports.proposals.resemblance import (
    EXAMPLES,
    LEAST_CONFIDENCE,
    Resemblance,
    Target,
    best_pairs,
    can_feed,
    shared_values,
)

MOST_COLUMNS = 200
MOST_ATTRIBUTES = 250
"""More than so many names would need a shorter list of the values that a schema allows."""
HEADER_CHARACTERS = 100
VALUE_CHARACTERS = 40
OTHER_HEADERS = 3
_SHOWN = ((5, 5, 200), (3, 3, 80), (1, 1, 0), (0, 0, 0))
"""Values of a column, options of an attribute, characters of its description: what is shown if it
fits, the fullest first."""
MOST_CONFIDENT = 0.99

Column = tuple[Proposal, ColumnEvidence]
_Shown = TypeVar("_Shown")


def mapping_question(
    columns: Sequence[Column],
    targets: Sequence[Target],
    descriptions: Mapping[str, str],
    max_characters: int,
) -> MappingQuestion:
    """`descriptions` by attribute. Columns and attributes at the end are left out if their names
    alone are longer than `max_characters`."""
    columns, targets = columns[:MOST_COLUMNS], targets[:MOST_ATTRIBUTES]
    for values, options, characters in _SHOWN:
        shown = MappingQuestion(
            columns=tuple(_column(*column, values) for column in columns),
            attributes=tuple(
                _attribute(target, descriptions, options, characters) for target in targets
            ),
        )
        if _size(shown) <= max_characters:
            return shown
    return MappingQuestion(
        columns=tuple(_within(max_characters // 2, shown.columns)),
        attributes=tuple(_within(max_characters // 2, shown.attributes)),
    )


def pairs_of_model(
    pairs: Iterable[NamedPair], model: str, columns: Sequence[Column], targets: Sequence[Target]
) -> tuple[list[Resemblance], dict[int, str]]:
    """The best pairs, and by column why others were not taken."""
    of_column = {proposal.column: (proposal, evidence) for proposal, evidence in columns}
    of_name = {target.definition.name: target for target in targets}
    found: dict[int, list[Resemblance]] = {}
    reasons: dict[int, str] = {}
    for pair in pairs:
        column, target = of_column.get(pair.column), of_name.get(pair.attribute)
        if column is None:
            continue
        proposal, evidence = column
        if target is None:
            reasons[pair.column] = "The model named no attribute that was in question."
            continue
        takes = f"The model takes it for “{pair.attribute}”"
        if not can_feed(proposal, target.definition):
            kind = proposal.attribute["type"]
            reasons[pair.column] = f"{takes}, a {target.definition.type}; its cells are {kind}."
        elif not LEAST_CONFIDENCE <= pair.confidence <= 1:
            reasons[pair.column] = f"{takes}, with too little confidence."
        else:
            reasons.setdefault(pair.column, f"{takes}, and something else as well.")
            found.setdefault(pair.column, []).append(
                Resemblance(
                    header=proposal.header,
                    column=proposal.column,
                    unit_header=proposal.unit_header,
                    attribute=pair.attribute,
                    confidence=round(min(pair.confidence, MOST_CONFIDENT), 2),
                    reason=f"The model {model} takes “{proposal.header}” for “{pair.attribute}”.",
                    examples=tuple(shared_values(evidence, target)[:EXAMPLES]),
                )
            )
    best = best_pairs(found.values())
    taken = {each.column for each in best}
    return best, {column: why for column, why in reasons.items() if column not in taken}


def _column(proposal: Proposal, evidence: ColumnEvidence, values: int) -> AskedColumn:
    counts = evidence.values
    if counts is None:  # too many or too long to be counted: the first ones
        texts = [cell.value for cell in evidence.misfits_of_absent]
    else:
        texts = sorted(counts, key=lambda text: (-counts[text], text))
    return AskedColumn(
        column=proposal.column,
        header=proposal.header[:HEADER_CHARACTERS],
        type=proposal.attribute["type"],
        values=_cut(texts[:values]),
    )


def _attribute(
    target: Target, descriptions: Mapping[str, str], options: int, characters: int
) -> AskedAttribute:
    definition = target.definition
    return AskedAttribute(
        name=definition.name,
        type=definition.type,
        unit=definition.unit,
        headers=_cut(definition.headers[:OTHER_HEADERS]),
        options=_cut(definition.options[:options]),
        description=descriptions.get(definition.name, "")[:characters],
    )


def _cut(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text[:VALUE_CHARACTERS] for text in texts)


def _size(shown: object) -> int:
    """Characters in the prompt, which escapes what could close its marks."""
    text = msgspec.json.encode(shown).decode()
    return len(text) + 5 * (text.count("<") + text.count(">"))


def _within(limit: int, shown: Sequence[_Shown]) -> Iterable[_Shown]:
    for each in shown:
        limit -= _size(each) + 1
        if limit < 0:
            return
        yield each
