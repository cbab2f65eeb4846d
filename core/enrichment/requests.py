"""The body of `POST /products/enrich`: which products, which attributes, at what cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.attributes.definitions import SUGGESTED_TYPES, Attribute
from core.enrichment import sentences
from core.enrichment.suggestions.pricing import has_prices, is_costless
from core.errors import PayloadTooLarge
from core.jobs.orders import EnrichmentBudget, EnrichmentTerms
from core.products.fields import Catalogue
from core.products.filter_strings import filter_string, filter_terms
from core.query_parameters import shown
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.wording import can_be_raised


class EnrichmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `product_ids` and `filter` is set."""

    product_ids: tuple[str, ...] | None
    """Each once, in the order of the call."""
    filter: str | None
    """A query string in canonical form."""
    terms: EnrichmentTerms
    budget: EnrichmentBudget
    as_job: bool
    """The caller requests a job, or names more products than one call enriches."""
    dry_run: bool


def read_enrichment_request(
    body: Mapping[str, Any], catalogue: Catalogue, settings: Settings
) -> EnrichmentRequest:
    """Raises InvalidRequest `INVALID_FIELDS`, which lists all faults, and PayloadTooLarge
    `TOO_MANY_PRODUCTS`."""
    given = without_nulls(body)
    faults = field_faults("requests/enrich-products", given)
    if ("productIds" in given) == ("filter" in given):
        message = (
            "Send either “productIds” or “filter”, not both."
            if "productIds" in given
            else "“productIds” is missing; send the ids of the products, or a “filter”."
        )
        faults.append(FieldFault("productIds", message))
    refuse(faults)
    faults = [
        *_attribute_faults("attributes", given.get("attributes", ()), catalogue),
        *_attribute_faults("replace", given.get("replace", ()), catalogue),
    ]
    query = None
    if "filter" in given:
        try:
            query = filter_string(given["filter"])
            filter_terms(query, catalogue)
        except ValueError as error:
            faults.append(FieldFault("filter", str(error)))
    refuse(faults)
    ids = tuple(dict.fromkeys(given["productIds"])) if "productIds" in given else None
    if ids is not None and len(ids) > settings.max_products_per_call:
        raise PayloadTooLarge(
            "TOO_MANY_PRODUCTS",
            f"{len(ids):,} products are too many for one call; name at most "
            f"{settings.max_products_per_call:,}, or use a “filter”. "
            f"{can_be_raised('max_products_per_call')}",
            [{"field": "productIds", "maximum": settings.max_products_per_call}],
        )
    too_many = ids is None or len(ids) > settings.enrichment_products_per_call
    budget = msgspec.convert(given.get("budget", {}), EnrichmentBudget)
    dry_run = bool(given.get("dryRun", False))
    if not dry_run and is_unpriced(budget, settings):
        refuse([FieldFault("budget.costUsd", sentences.unpriced())])
    return EnrichmentRequest(
        product_ids=ids,
        filter=query,
        terms=_terms(given),
        budget=budget,
        as_job=bool(given.get("async", False)) or too_many,
        dry_run=dry_run,
    )


def is_unpriced(budget: EnrichmentBudget, settings: Settings) -> bool:
    """Is it a budget of money, although no token prices are configured?"""
    return budget.cost_usd is not None and not is_costless(settings) and not has_prices(settings)


def _terms(given: Mapping[str, Any]) -> EnrichmentTerms:
    replace = tuple(dict.fromkeys(given.get("replace", ())))
    attributes = tuple(dict.fromkeys(given["attributes"])) if "attributes" in given else None
    return EnrichmentTerms(
        attributes=attributes, replace=replace, images=bool(given.get("images", False))
    )


def _attribute_faults(field: str, names: Sequence[str], catalogue: Catalogue) -> list[FieldFault]:
    by_name = {attribute.name: attribute for attribute in catalogue.attributes}
    return [
        FieldFault(f"{field}[{at}]", reason)
        for at, name in enumerate(names)
        if (reason := _unfit(name, by_name, catalogue)) is not None
    ]


def _unfit(name: str, by_name: Mapping[str, Attribute], catalogue: Catalogue) -> str | None:
    attribute = by_name.get(name)
    if attribute is None:
        near = catalogue.nearest(name)
        hint = f"; did you mean “{near}”?" if near in by_name else "."
        return f"There is no attribute “{shown(name)}”{hint}"
    if attribute.type not in SUGGESTED_TYPES:
        return (
            f"Attribute “{shown(name)}” is of type {attribute.type.value}, "
            "for which no values are suggested."
        )
    if attribute.is_identifier or attribute.is_unique:
        return f"Attribute “{shown(name)}” must be unique, so no value is suggested."
    return None
