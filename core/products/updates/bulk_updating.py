"""`PUT /products/bulk-update`: change some attributes of many products, each with its own outcome.

Only the attributes that an item names change; null or "" removes the value. With `revision`, an
item is only written if the product is unchanged since the caller read it. If an item is a whole
object of the enrichment preview, its `enrichedProductData` is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from core.attributes.identity import IDENTIFYING_NAMES
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import ID, REVISION, Catalogue
from core.products.product_body import read_products
from core.products.sizes import ProductLimits
from core.products.validation import (
    FaultBudget,
    ItemFault,
    ValidatedItem,
    ignored_fields,
    validate_items,
)
from core.products.writing import ProductWriter
from core.schemas import is_whole_number, with_whole_numbers
from core.settings import Settings

ENRICHED = "enrichedProductData"
_PREVIEW_ONLY = frozenset({"originalProductName", "aiSuggestions", ENRICHED})
_BESIDE_ENRICHED = _PREVIEW_ONLY | {
    *("outcome", "suggestions", "omissions", "failure", "usage", "fromCache"),
}
"""The fields of our own previews besides a product's values; they are ignored without being
reported."""


class ItemOutcome(StrEnum):
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    INVALID = "invalid"
    NOT_FOUND = "not_found"


class UpdateOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    id: str | None = msgspec.field(name="_id")
    outcome: ItemOutcome
    faults: tuple[ItemFault, ...] = ()


def update_products(
    body: Mapping[str, Any],
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
) -> dict[str, Any]:
    """The contract's answer, with an outcome for every item in the order of the call. Raises
    InvalidRequest for a bad body; PayloadTooLarge."""
    given = read_products("requests/bulk-update-products", body, settings)
    items = [_unwrapped(item) for item in given]
    validated = validate_items(items, catalogue.definitions, settings, partial=True)
    validated = _without_unchanged(items, validated, catalogue, writer, settings)
    outcomes: list[UpdateOutcome | None] = []
    changes: list[ProductChange] = []
    first_at: dict[str, int] = {}
    for at, (item, result) in enumerate(zip(items, validated, strict=True)):
        faults = _item_faults(item, result, at, first_at)
        if faults:
            outcomes.append(
                UpdateOutcome(id=_id_of(item), outcome=ItemOutcome.INVALID, faults=faults)
            )
            continue
        outcomes.append(None)
        changes.append(
            ProductChange(
                product_id=item[ID],
                values=result.values,
                cleared=result.cleared,
                revision=item.get(REVISION),
            )
        )
    limits = ProductLimits.of(settings)
    written = iter(zip(changes, writer.write(changes, policy), strict=True))
    reported = [
        outcome_to_json(*next(written), catalogue.identifier, limits)
        if outcome is None
        else outcome
        for outcome in outcomes
    ]
    budget = FaultBudget()
    reported = [
        msgspec.structs.replace(item, faults=budget.first(item.faults)) for item in reported
    ]
    updated = [item.id for item in reported if item.outcome is ItemOutcome.UPDATED]
    return {
        "message": outcome_message(reported) + budget.sentence,
        "productsUpdated": len(updated),
        "updatedProductIds": updated,
        "ignoredFields": _ignored(given, items, catalogue.names),
        "outcomes": msgspec.to_builtins(reported),
    }


def _without_unchanged(
    items: Sequence[Any],
    checked: Sequence[ValidatedItem],
    catalogue: Catalogue,
    writer: ProductWriter,
    settings: Settings,
) -> list[ValidatedItem]:
    """Products are sent back as they were read. A value that is as it is stored is not changed, so
    it is no fault that its attribute allows it no more."""
    doubtful = {
        at: item
        for at, (item, result) in enumerate(zip(items, checked, strict=True))
        if result.faults and isinstance(item, Mapping) and isinstance(item.get(ID), str)
    }
    stored = writer.existing([item[ID] for item in doubtful.values()])
    reduced: dict[int, Mapping[str, Any]] = {}
    for at, item in doubtful.items():
        product = stored.get(item[ID], {})
        unchanged = {
            fault.column
            for fault in checked[at].faults
            if fault.column is not None
            and fault.column in item
            and item[fault.column] == product.get(fault.column)
        }
        if unchanged:
            reduced[at] = {name: v for name, v in item.items() if name not in unchanged}
    again = validate_items([*reduced.values()], catalogue.definitions, settings, partial=True)
    revalidated = dict(zip(reduced, again, strict=True))
    return [revalidated.get(at, result) for at, result in enumerate(checked)]


def _unwrapped(item: Any) -> Any:
    """The values of an object of the enrichment preview, under the object's id and revision, which
    may be written as 1.0."""
    if not isinstance(item, Mapping):
        return item
    if REVISION in item:
        item = {**item, REVISION: with_whole_numbers(item[REVISION])}
    if isinstance(item.get(ENRICHED), Mapping):
        own = {name: item[name] for name in (ID, REVISION) if name in item}
        return {**item[ENRICHED], **own}
    return {name: value for name, value in item.items() if name not in _PREVIEW_ONLY}


def _ignored(given: Sequence[Any], items: Sequence[Any], names: Sequence[str]) -> list[str]:
    """As `ignored_fields`, and also the other fields of a preview object."""
    wrapped = [i for i in given if isinstance(i, Mapping) and isinstance(i.get(ENRICHED), Mapping)]
    beside = [name for name in ignored_fields(wrapped, ()) if name not in _BESIDE_ENRICHED]
    return [*dict.fromkeys([*ignored_fields(items, names), *beside])]


def _item_faults(
    item: Any, result: ValidatedItem, at: int, first_at: dict[str, int]
) -> tuple[ItemFault, ...]:
    if not isinstance(item, Mapping):
        return result.faults
    faults = list(result.faults)
    product_id, revision = item.get(ID), item.get(REVISION)
    if not isinstance(product_id, str) or not product_id:
        message = "“_id” is missing; it says which product is meant."
        if product_id not in (None, ""):
            message = "“_id” must be text, as the product list gives it."
        faults.insert(0, ItemFault(column=ID, code="ID_MISSING", message=message))
    elif product_id in first_at:
        message = f"Item {first_at[product_id] + 1} of this call names the same product already."
        faults.insert(0, ItemFault(column=ID, code="DUPLICATE_ID", message=message))
    else:
        first_at[product_id] = at
    if revision is not None and not is_whole_number(revision):
        message = "“revision” must be a whole number, as the product list gives it."
        faults.append(ItemFault(column=REVISION, code="INVALID_REVISION", message=message))
    return tuple(faults)


def _id_of(item: Any) -> str | None:
    product_id = item.get(ID) if isinstance(item, Mapping) else None
    return product_id if isinstance(product_id, str) else None


def outcome_to_json(
    change: ProductChange, outcome: Outcome, identifier: str | None, limits: ProductLimits
) -> UpdateOutcome:
    match outcome:
        case Outcome.PRODUCT_TOO_LARGE | Outcome.TOO_MANY_ATTRIBUTES:
            message = limits.sentences[outcome.name]
            fault = ItemFault(column=None, code=outcome.name, message=message)
            return _outcome(change, ItemOutcome.INVALID, fault)
        case Outcome.IDENTIFIER_CHANGED:
            named = [n for n in (identifier, *IDENTIFYING_NAMES) if n in _attributes_of(change)]
            fault = ItemFault(
                column=named[0],
                code="IDENTIFIER_CHANGED",
                message=f"Attribute “{named[0]}” gives the product its id and cannot change; "
                "delete the product and approve it again.",
            )
            return _outcome(change, ItemOutcome.INVALID, fault)
        case Outcome.NOT_UNIQUE:
            message = "Another product has a value that may occur only once."
            fault = ItemFault(column=None, code="NOT_UNIQUE", message=message)
            return _outcome(change, ItemOutcome.INVALID, fault)
        case Outcome.CONFLICT:
            message = "The product was changed meanwhile; read it again and repeat your change."
            fault = ItemFault(column=None, code="CONFLICT", message=message)
            return _outcome(change, ItemOutcome.CONFLICT, fault)
        case _:
            return _outcome(change, ItemOutcome(outcome.value))


def _attributes_of(change: ProductChange) -> frozenset[str]:
    return change.cleared | change.values.keys()


def _outcome(change: ProductChange, outcome: ItemOutcome, *faults: ItemFault) -> UpdateOutcome:
    return UpdateOutcome(id=change.product_id, outcome=outcome, faults=faults)


def outcome_message(reported: Sequence[UpdateOutcome]) -> str:
    counts = Counter(item.outcome for item in reported)
    updated = counts.pop(ItemOutcome.UPDATED, 0)
    first = "1 product was updated" if updated == 1 else f"{updated} products were updated"
    words = {
        ItemOutcome.UNCHANGED: "unchanged",
        ItemOutcome.CONFLICT: "changed by others meanwhile",
        ItemOutcome.INVALID: "invalid",
        ItemOutcome.NOT_FOUND: "not found",
    }
    rest = [f"{counts[outcome]} {word}" for outcome, word in words.items() if counts[outcome]]
    return "; ".join([first, *rest]) + "."
