"""The accepted values of `suggestions.ndjson`, validated again: for a call and for a job.

Each product is written only if its attributes still are as they were when the suggestions were
made: a value that somebody entered since is never written over. Other attributes may have changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from core.approvals.lines import Line, StoredLines
from core.approvals.model import Rejection, RejectionCode
from core.approvals.suggestions.acceptance import Acceptance
from core.approvals.validation import ValidatedBatch
from core.attributes.definitions import AttributeDefinition
from core.enrichment.model import EnrichedProduct, Suggestion
from core.products.changes import ProductChange
from core.products.validation import ItemFault, validate_items
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectStore

_DECODER = msgspec.json.Decoder(EnrichedProduct)

AcceptedProduct = tuple[EnrichedProduct, Sequence[Suggestion]]
"""A product and what is accepted of its suggestions, which is something."""


def product_of(line: Line) -> EnrichedProduct:
    return _DECODER.decode(line.data)


def suggested_products(
    store: ObjectStore, settings: Settings, keys: EnrichmentKeys
) -> Iterator[EnrichedProduct]:
    """Every product of the job's attempt. Raises ObjectMissing."""
    for line in StoredLines(store, settings, keys.all_suggestions).between(0):
        yield product_of(line)


def changes_of(
    accepted: Sequence[AcceptedProduct],
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
) -> list[ProductChange | tuple[ItemFault, ...]]:
    """The change that each product asks for, or what is wrong with its values by now: an attribute
    may have changed since they were suggested. A suggestion whose attribute went is left out."""
    items = [{s.attribute: s.value for s in chosen} for _, chosen in accepted]
    results = validate_items(items, definitions, settings, partial=True)
    changes: list[ProductChange | tuple[ItemFault, ...]] = []
    for (product, chosen), result in zip(accepted, results, strict=True):
        if result.faults:
            changes.append(result.faults)
            continue
        seen = {s.attribute: s.replaces for s in chosen if s.attribute in result.values}
        change = ProductChange(product_id=product.id, values=result.values, expected=seen)
        changes.append(change)
    return changes


class AcceptanceValidator:
    """Validates the lines of a job's chunk; those of which nothing is accepted are passed over."""

    def __init__(
        self,
        acceptance: Acceptance,
        definitions: Sequence[AttributeDefinition],
        settings: Settings,
    ) -> None:
        self._acceptance = acceptance
        self._definitions = definitions
        self._settings = settings

    def validate(self, lines: Iterable[tuple[int, Line]]) -> ValidatedBatch:
        read = [(number, product_of(line)) for number, line in lines]
        chosen = [(number, each, self._acceptance.chosen(each)) for number, each in read]
        accepted = [(number, each, some) for number, each, some in chosen if some]
        pairs = [(product, some) for _, product, some in accepted]
        changes: dict[int, ProductChange] = {}
        unfit: list[Rejection] = []
        validated = changes_of(pairs, self._definitions, self._settings) if pairs else []
        for (number, product, _), result in zip(accepted, validated, strict=True):
            if isinstance(result, ProductChange):
                changes[number] = replace(result, row=number)
            else:
                message = " ".join(fault.message for fault in result)
                code = RejectionCode.INVALID_VALUE
                unfit.append(Rejection(line=number, id=product.id, code=code, message=message))
        return ValidatedBatch(changes, unfit)
