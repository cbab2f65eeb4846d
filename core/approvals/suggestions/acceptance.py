"""Which suggestions of a job a person accepts: all, some by name, or those that rules let pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from core.enrichment.model import EnrichedProduct, Suggestion
from core.schemas import FieldFault
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.keys import acceptance_key

ALL = "all"

ENTERED_SINCE = "The product got another value there since it was read; ask for suggestions again."


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    products: Mapping[str, frozenset[str] | None] | None = None
    """By id, the attributes that are meant; None for all of them. None: every product."""
    attributes: frozenset[str] | None = None
    min_confidence: float | None = None

    def chosen(self, product: EnrichedProduct) -> list[Suggestion]:
        """The accepted suggestions for one product."""
        if self.products is not None and product.id not in self.products:
            return []
        named = None if self.products is None else self.products[product.id]
        return [s for s in product.suggestions if self._lets_pass(s, named)]

    def confidences(self, product: EnrichedProduct) -> list[float]:
        """Of the suggestions for one product that all rules but the lowest confidence let pass."""
        others = msgspec.structs.replace(self, min_confidence=None)
        return [s.confidence for s in others.chosen(product) if s.confidence is not None]

    def _lets_pass(self, suggestion: Suggestion, named: frozenset[str] | None) -> bool:
        if named is not None and suggestion.attribute not in named:
            return False
        if self.attributes is not None and suggestion.attribute not in self.attributes:
            return False
        if self.min_confidence is None:
            return True
        return suggestion.confidence is not None and suggestion.confidence >= self.min_confidence


def read_acceptance(accept: Any) -> Acceptance:
    """`accept` must keep `schemas/requests/approve-suggestions.json`."""
    if accept == ALL:
        return Acceptance()
    if isinstance(accept, list):
        products: dict[str, frozenset[str] | None] = {}
        for item in accept:
            attributes = item.get("attributes")
            products[item["_id"]] = None if attributes is None else frozenset(attributes)
        return Acceptance(products=products)
    ids, attributes = accept.get("productIds"), accept.get("attributes")
    return Acceptance(
        products=None if ids is None else dict.fromkeys(ids),
        attributes=None if attributes is None else frozenset(attributes),
        min_confidence=accept.get("minConfidence"),
    )


def stored_acceptance(store: ObjectStore, settings: Settings, job_id: str) -> Acceptance:
    """What a commit job is to save. Raises ObjectMissing."""
    data = store.get(settings.results_bucket, acceptance_key(job_id))
    return read_acceptance(msgspec.json.decode(data))


def acceptance_faults(
    accept: Any, found: Mapping[str, EnrichedProduct], suggested: Collection[str]
) -> list[FieldFault]:
    """What `accept` names that the job does not have; `found` are its products of those names,
    `suggested` the attributes of all its suggestions."""
    faults: list[FieldFault] = []
    if isinstance(accept, list):
        for at, item in enumerate(accept):
            path = f"accept[{at}]"
            product = found.get(item["_id"])
            if product is None:
                faults.append(_not_in_job(f"{path}._id", item["_id"]))
                continue
            own = {s.attribute for s in product.suggestions}
            faults += [
                FieldFault(
                    f"{path}.attributes[{n}]",
                    f"Nothing was suggested for “{name[:80]}” of product “{product.id[:80]}”.",
                )
                for n, name in enumerate(item.get("attributes", ()))
                if name not in own
            ]
    elif isinstance(accept, Mapping):
        ids: Sequence[str] = accept.get("productIds", ())
        faults += [
            _not_in_job(f"accept.productIds[{n}]", product_id)
            for n, product_id in enumerate(ids)
            if product_id not in found
        ]
        names: Sequence[str] = accept.get("attributes", ())
        faults += [
            FieldFault(
                f"accept.attributes[{n}]",
                f"Nothing was suggested for “{name[:80]}” in this job.",
            )
            for n, name in enumerate(names)
            if name not in suggested
        ]
    return faults


def _not_in_job(field: str, product_id: str) -> FieldFault:
    return FieldFault(field, f"Product “{product_id[:80]}” is not among those of the job.")
