"""From the evidence of all rows to proposals: types by `column_types.py`, and here what depends on
several columns: names, pairs, the identifier, and the proof that each column feeds its
attribute."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from core.attributes.comparing import canonical
from core.attributes.definitions import (
    IDENTIFIER_TYPES,
    UNIQUE_TYPES,
    AttributeDefinition,
    AttributeType,
    types_where,
)
from core.attributes.naming import VALUE_SUFFIX, attribute_id, has_control_characters
from core.attributes.rules.model import ColumnRole
from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.model import Plan
from core.imports.proposals.candidates import EXPONENT
from core.imports.proposals.column_types import decide
from core.imports.proposals.evidence import ColumnEvidence, TableEvidence
from core.imports.proposals.fitting import Asked, Decision, best_fits
from core.imports.proposals.hints import naming_rank
from core.imports.proposals.model import (
    Alternative,
    Evidence,
    LeftOut,
    Proposal,
    ProposalPlan,
    Proposals,
)
from core.imports.proposals.naming import LONGEST_HEADER, proposed_name
from core.imports.proposals.number_types import measure, near_number
from core.imports.proposals.planning import repeated_headers
from core.imports.table.columns import match_columns
from core.settings import Settings

ROWS_TO_REQUIRE = 10
"""With fewer rows, that no cell is empty says little."""
NEAR = 0.5
"""Share of cells from which a type that does not fit all of them is named."""
TEXTS = types_where(lambda traits: traits.may_be_words) - {
    AttributeType.URL,
    AttributeType.IMAGE,
}
"""In which a word such as `n/a` is a value."""


def propose(
    plan: Plan,
    asked: ProposalPlan,
    evidence: TableEvidence,
    unique: Collection[int],
    settings: Settings,
) -> Proposals:
    """`unique` are the columns in which no text comes again, over the whole file."""
    deciding = _Deciding(plan, asked, evidence, frozenset(unique), settings)
    proposals = deciding.proposals()
    return Proposals(
        file_name=plan.source.file_name,
        rows=evidence.rows,
        format=plan.format,
        options=asked.options,
        proposals=tuple(proposals),
        left_out=tuple(deciding.left_out(proposals)),
        notices=plan.notices,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    column: int
    unit_column: int | None
    asked: Asked
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Deciding:
    plan: Plan
    asked: ProposalPlan
    evidence: TableEvidence
    unique: frozenset[int]
    settings: Settings

    def proposals(self) -> list[Proposal]:
        """Those whose columns feed just them. A column that another measure would read as its unit,
        or the like, is given up, until none disturbs another."""
        apart: set[int] = set()
        given_up: set[int] = set()
        while True:
            drafts = self._drafts(apart, given_up)
            proposals = self._named(drafts)
            disturbed = self._disturbed(proposals)
            if not disturbed:
                return proposals
            pairs = {draft.column for draft in drafts if draft.unit_column is not None}
            apart |= disturbed & pairs
            given_up |= disturbed - pairs

    def left_out(self, proposals: Iterable[Proposal]) -> list[LeftOut]:
        used = {p.column for p in proposals} | {p.unit_column for p in proposals}
        repeated = repeated_headers(self.asked.columns)
        left = []
        for column in self.asked.columns:
            if column.index + 1 in used or column.role is ColumnRole.ERRORS:
                continue
            if column.attribute is not None:
                reason = f"It feeds the attribute “{column.attribute}”, which exists."
            elif column.role in (ColumnRole.LEFT_OUT, ColumnRole.JOINED):
                reason = "The mapping says how it is read."
            elif not column.header:
                reason = "It has no header."
            elif canonical(column.header) in repeated:
                reason = "Several columns have this header. Rename all but one."
            elif len(column.header) > LONGEST_HEADER or has_control_characters(column.header):
                reason = "Its header is too long or has a control character. Rename it."
            elif not self._evidence(column.index).cells:
                reason = "No cell has a value, so nothing says what it holds."
            else:
                reason = "Its header cannot be told from that of another column. Rename it."
            left.append(
                LeftOut(
                    header=column.header,
                    column=column.index + 1,
                    attribute=column.attribute,
                    reason=reason,
                )
            )
        return left

    def _drafts(self, apart: Collection[int], given_up: Collection[int]) -> list[_Draft]:
        """In the order of the columns. Columns of values and units are `apart` if they are no
        measure together."""
        pairs = {
            column: draft
            for column, unit in self.asked.pairs.items()
            if column not in apart and (draft := self._pair(column, unit)) is not None
        }
        units = {draft.unit_column for draft in pairs.values()}
        drafts = []
        for column in self.asked.asked:
            if column in pairs:
                drafts.append(pairs[column])
            elif column not in units and column not in given_up and self._evidence(column).cells:
                asked = self._asked_about(column, self._evidence(column))
                drafts.append(_Draft(column, None, asked, decide(asked)))
        return drafts

    def _pair(self, column: int, unit: int) -> _Draft | None:
        evidence = self.evidence.pairs.get(column, ColumnEvidence())
        if not evidence.cells:
            return None
        asked = self._asked_about(column, evidence, is_pair=True)
        decision = measure(asked)
        if decision is None:
            return None
        name = asked.header.removesuffix(VALUE_SUFFIX) or asked.header
        return _Draft(column, unit, asked, replace(decision, name=name))

    def _named(self, drafts: Sequence[_Draft]) -> list[Proposal]:
        taken = {attribute_id(definition.name) for definition in self.asked.existing}
        identifier = self._identifier(drafts)
        proposals = []
        for draft in drafts:
            wished = draft.decision.name or draft.asked.header
            name = proposed_name(wished, taken, draft.column + 1)
            taken.add(attribute_id(name))
            proposals.append(self._proposal(draft, name, is_identifier=draft is identifier))
        return proposals

    def _identifier(self, drafts: Sequence[_Draft]) -> _Draft | None:
        """The draft whose header names products best, among those that could."""
        if any(definition.is_identifier for definition in self.asked.existing):
            return None
        ranked = [
            (rank, draft.column, draft)
            for draft in drafts
            if draft.decision.type in IDENTIFIER_TYPES
            and self._is_unique(draft)
            and self._is_filled(draft)
            and (rank := naming_rank(draft.asked.header)) is not None
        ]
        return min(ranked, key=lambda found: found[:2])[2] if ranked else None

    def _is_unique(self, draft: _Draft) -> bool:
        """Numbers are compared by value, so all must be written alike."""
        evidence = draft.asked.evidence
        alike = draft.decision.type is not AttributeType.NUMBER or evidence.whole == evidence.cells
        return (
            draft.column in self.unique
            and draft.decision.type in UNIQUE_TYPES - {AttributeType.DATE, AttributeType.DATETIME}
            and evidence.cells > 1
            and not evidence.with_blanks
            and alike
        )

    def _is_filled(self, draft: _Draft) -> bool:
        evidence = draft.asked.evidence
        nothing = 0 if draft.decision.type in TEXTS else evidence.words_for_nothing
        return not evidence.blanks and not nothing

    def _may_be_required(self, draft: _Draft) -> bool:
        """Would fault no row of this file. Only the identifier is proposed so: that one supplier
        fills a column does not mean that others have it, and each of their rows would be a
        fault."""
        return self._is_filled(draft) and self.evidence.rows >= ROWS_TO_REQUIRE

    def _proposal(self, draft: _Draft, name: str, *, is_identifier: bool) -> Proposal:
        decision, evidence = draft.decision, draft.asked.evidence
        fit = decision.fit
        is_number = decision.type is AttributeType.NUMBER
        unit_column = draft.unit_column
        return Proposal(
            header=draft.asked.header,
            column=draft.column + 1,
            unit_header=None if unit_column is None else self.asked.columns[unit_column].header,
            unit_column=None if unit_column is None else unit_column + 1,
            attribute=self._attribute(draft, name, is_identifier=is_identifier),
            confidence=decision.confidence,
            reason=decision.reason,
            evidence=Evidence(
                cells=evidence.cells,
                blanks=evidence.blanks,
                share=1.0,
                distinct=None if evidence.values is None else len(evidence.values) or None,
                longest=evidence.longest,
                is_unique=draft.column in self.unique,
                may_be_required=self._may_be_required(draft),
                low=fit.low if is_number else None,
                high=fit.high if is_number else None,
                decimals=fit.decimals if is_number and fit.decimals != EXPONENT else None,
                units=(evidence.units or {}) if decision.type is AttributeType.MEASURE else {},
            ),
            alternatives=tuple(self._alternatives(draft, name)),
        )

    def _attribute(self, draft: _Draft, name: str, *, is_identifier: bool) -> dict[str, Any]:
        decision, header = draft.decision, draft.asked.header
        attribute: dict[str, Any] = {"name": name, "type": decision.type.value, **decision.fields}
        attribute["isRequired"] = is_identifier and self._may_be_required(draft)
        if is_identifier:
            attribute["isIdentifier"] = True
        elif self._is_unique(draft) and naming_rank(header) is not None:
            attribute["isUnique"] = True
        if header not in (name, name + VALUE_SUFFIX):
            attribute["headers"] = [header]
        return attribute

    def _alternatives(self, draft: _Draft, name: str) -> Iterator[Alternative]:
        cells = draft.asked.evidence.typed_cells
        better = near_number(draft.asked)
        for kind, fit in best_fits(draft.asked):
            if kind is draft.decision.type or not cells or not NEAR * cells <= fit.cells < cells:
                continue
            found = Alternative(
                type=kind.value,
                cells=fit.cells,
                share=round(fit.cells / cells, 4),
                misfits=fit.misfits,
            )
            if better is not None and kind is better.type:
                found = msgspec.structs.replace(
                    found,
                    attribute=self._attribute(
                        replace(draft, decision=better), name, is_identifier=False
                    ),
                    faulty_rows=cells - fit.cells,
                )
            yield found

    def _disturbed(self, proposals: Sequence[Proposal]) -> set[int]:
        """Columns that do not feed the proposed attribute, as the import itself matches them."""
        definitions = [
            *self.asked.existing,
            *(msgspec.convert(p.attribute, AttributeDefinition) for p in proposals),
        ]
        headers = self.plan.original_headers
        try:
            columns = match_columns(headers, definitions, self.settings, self.asked.options).columns
        except FileRefused:  # no proposal would do; the last one is the likeliest cause
            return {proposals[-1].column - 1} if proposals else set()
        disturbed = set()
        for proposal in proposals:
            places = [proposal.column, *([proposal.unit_column] if proposal.unit_column else ())]
            if any(columns[place - 1].attribute != proposal.name for place in places):
                disturbed.add(proposal.column - 1)
        meant = {p.column: p.name for p in proposals}
        meant |= {p.unit_column: p.name for p in proposals if p.unit_column is not None}
        for column in columns:  # a column that nobody asked about may feed a measure, too
            surplus = (
                column.attribute
                if column.attribute
                not in (
                    meant.get(column.index + 1),
                    self.asked.columns[column.index].attribute,
                )
                else None
            )
            disturbed |= {p.column - 1 for p in proposals if p.name == surplus}
        return disturbed

    def _asked_about(self, index: int, evidence: ColumnEvidence, *, is_pair: bool = False) -> Asked:
        return Asked(
            header=self.asked.columns[index].header,
            evidence=evidence,
            given=self.asked.locale,
            settings=self.settings,
            in_workbook=self.plan.format.kind is not FileKind.TEXT,
            has_signs=index in self.plan.numbers_with_signs,
            shows_texts=index in self.plan.numbers_as_texts,
            is_pair=is_pair,
        )

    def _evidence(self, index: int) -> ColumnEvidence:
        return self.evidence.columns.get(index, ColumnEvidence())
