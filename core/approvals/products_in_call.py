"""`POST /products/approve`: valid products go into the catalogue, under the id that they name.

A product that exists already is updated: attributes that the call does not name keep their values,
those that it names without a value lose theirs. `approve_values` is the part for values that are
already validated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from core.attributes.identity import product_id_of
from core.errors import Conflict, InvalidRequest, RequestError
from core.products.changes import OTHER_IDENTIFIER, Outcome, ProductChange, WritePolicy
from core.products.fields import ID, Catalogue
from core.products.product_body import read_products
from core.products.sizes import ProductLimits
from core.products.validation import FaultBudget, ItemFault, ignored_fields, validate_items
from core.products.writing import ProductWriter
from core.schemas import FieldFault, refuse
from core.settings import Settings

EMPTY_PRODUCT = "EMPTY_PRODUCT"
FAULTS_IN_SENTENCE = 3

SOURCE_MAX_BYTES = 1_024
"""Of an S3 key, which `importSource` is; it also has to fit into an index."""


_REASONS: Mapping[str, str] = {
    Outcome.CONFLICT.name: "Others are changing this product at the moment; approve it again.",
    Outcome.NOT_UNIQUE.name: "Another product has a value that may occur only once.",
    Outcome.IDENTIFIER_CHANGED.name: OTHER_IDENTIFIER,
}


_CONFLICTS = {Outcome.CONFLICT.name, Outcome.NOT_UNIQUE.name}


@dataclass(frozen=True, slots=True)
class Approval:
    """What became of the products of one call."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    not_saved: Mapping[str, Outcome] | None = None
    """By id: what could not be written although its values are right."""

    @property
    def saved(self) -> int:
        """Distinct products."""
        return self.created + self.updated + self.unchanged


class RejectedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    index: int
    """Position in the call, from 0."""
    id: str | None = msgspec.field(default=None, name="_id")
    faults: tuple[ItemFault, ...]


def approve_products(
    body: Mapping[str, Any],
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
) -> dict[str, Any]:
    """The contract's response. Valid products are saved even if others are not; those are listed in
    `rejected`. Raises InvalidRequest for a bad body, and `NO_VALID_PRODUCT` when nothing is valid;
    PayloadTooLarge."""
    items = read_products("requests/approve-products", body, settings)
    source = _source(body)
    validated = validate_items(items, catalogue.definitions, settings, partial=False)
    accepted: list[tuple[int, ProductChange]] = []
    rejected: list[RejectedItem] = []
    for index, (item, result) in enumerate(zip(items, validated, strict=True)):
        known_id = item.get(ID) if isinstance(item, Mapping) else None
        faults = result.faults or (() if result.values else (_empty(),))
        if faults:
            rejected.append(_rejected(index, known_id, faults))
            continue
        product_id = product_id_of(result.values, catalogue.identifier, known_id)
        change = ProductChange(
            product_id=product_id,
            values=result.values,
            cleared=result.cleared,
            defaults=result.defaults,
        )
        accepted.append((index, change))
    approval = approve_values(
        [change for _, change in accepted], writer, replace(policy, import_source=source)
    )
    for index, change in accepted:
        outcome = (approval.not_saved or {}).get(change.product_id)
        if outcome is not None:
            rejected.append(
                _rejected(
                    index, change.product_id, (_unsaved(outcome, ProductLimits.of(settings)),)
                )
            )
    rejected.sort(key=lambda item: item.index)
    budget = FaultBudget()
    rejected = [
        msgspec.structs.replace(item, faults=budget.first(item.faults)) for item in rejected
    ]
    if approval.saved == 0:
        raise _nothing_valid(rejected, budget.sentence)
    answer: dict[str, Any] = {
        "message": _message(approval, len(accepted), len(rejected)) + budget.sentence,
        "productsSaved": approval.saved,
        "created": approval.created,
        "updated": approval.updated,
        "unchanged": approval.unchanged,
        "ignoredFields": ignored_fields(items, catalogue.names),
        "rejected": msgspec.to_builtins(rejected),
    }
    return answer


def approve_values(
    changes: Iterable[ProductChange], writer: ProductWriter, policy: WritePolicy
) -> Approval:
    """Write validated products, at most some thousands at once. Several with the same id are merged
    in order, as if they had come in separate calls.

    Idempotent: a product that has the values already is `unchanged`, and keeps even its `updatedAt`
    unless the policy differs.
    """
    merged: dict[str, ProductChange] = {}
    for change in changes:
        before = merged.get(change.product_id)
        merged[change.product_id] = change if before is None else _joined(before, change)
    outcomes = writer.write([*merged.values()], policy)
    counts = dict.fromkeys(Outcome, 0)
    not_saved: dict[str, Outcome] = {}
    for product_id, outcome in zip(merged, outcomes, strict=True):
        counts[outcome] += 1
        if outcome not in (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED):
            not_saved[product_id] = outcome
    return Approval(
        created=counts[Outcome.CREATED],
        updated=counts[Outcome.UPDATED],
        unchanged=counts[Outcome.UNCHANGED],
        not_saved=not_saved,
    )


def _joined(first: ProductChange, second: ProductChange) -> ProductChange:
    kept = {name: v for name, v in first.values.items() if name not in second.cleared}
    return replace(
        second,
        values=kept | dict(second.values),
        defaults={**first.defaults, **second.defaults},
        cleared=(first.cleared - second.values.keys()) | second.cleared,
    )


def _source(body: Mapping[str, Any]) -> str | None:
    source: str | None = body.get("s3Key") or None
    if source is not None and len(source.encode(errors="replace")) > SOURCE_MAX_BYTES:
        refuse([FieldFault("s3Key", f"“s3Key” must not be longer than {SOURCE_MAX_BYTES} bytes.")])
    return source


def _empty() -> ItemFault:
    message = "The product is empty: none of its fields is an attribute with a value."
    return ItemFault(column=None, code=EMPTY_PRODUCT, message=message)


def _unsaved(outcome: Outcome, limits: ProductLimits) -> ItemFault:
    reasons = {**_REASONS, **limits.sentences}
    message = reasons.get(outcome.name, "The product could not be saved.")
    return ItemFault(column=None, code=outcome.name, message=message)


def _rejected(index: int, product_id: object, faults: Sequence[ItemFault]) -> RejectedItem:
    return RejectedItem(
        index=index, id=product_id if isinstance(product_id, str) else None, faults=tuple(faults)
    )


def _nothing_valid(rejected: Sequence[RejectedItem], omitted: str) -> RequestError:
    """A conflict if only other products prevent the write."""
    details = [
        {"field": f"products[{item.index}]"} | msgspec.to_builtins(fault)
        for item in rejected
        for fault in item.faults
    ]
    reasons = " ".join(
        f"Product {item.index + 1}: {item.faults[0].message}"
        for item in rejected[:FAULTS_IN_SENTENCE]
        if item.faults
    )
    more = len(rejected) - FAULTS_IN_SENTENCE
    rest = f" And {more} more." if more > 0 else ""
    message = f"No product could be saved. {reasons}{rest}{omitted}"
    codes = {fault.code for item in rejected for fault in item.faults}
    if codes and codes <= _CONFLICTS:
        return Conflict("NO_VALID_PRODUCT", message, details)
    return InvalidRequest("NO_VALID_PRODUCT", message, details)


def _message(approval: Approval, accepted: int, rejected: int) -> str:
    saved = (
        "1 product was saved" if approval.saved == 1 else f"{approval.saved} products were saved"
    )
    parts = [
        f"{count} {word}"
        for count, word in (
            (approval.created, "new"),
            (approval.updated, "updated"),
            (approval.unchanged, "unchanged"),
        )
        if count
    ]
    repeated = accepted - approval.saved - len(approval.not_saved or {})
    rest = f"; {repeated} repeated the id of another and went into it" if repeated > 0 else ""
    rest += f"; {rejected} could not be saved, see “rejected”" if rejected else ""
    return f"{saved} ({', '.join(parts)}){rest}."
