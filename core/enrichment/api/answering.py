"""The response of `POST /products/enrich`: a preview, a job to follow, or an estimate."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.enrichment import sentences
from core.enrichment.api.sampling import stretched
from core.enrichment.api.suggest_protocol import EstimateCall, SuggestCall, Suggester, in_order_of
from core.enrichment.jobs.daily_budget import DailyBudget
from core.enrichment.model import EnrichableProduct, EnrichedProduct, count
from core.enrichment.previewing import missing, preview, too_large
from core.enrichment.reading import ProductReader, attributes_of
from core.enrichment.requests import EnrichmentRequest, is_unpriced
from core.errors import NotFound, PayloadTooLarge
from core.products.documents import Document, shown
from core.products.fields import Catalogue
from core.products.filter_strings import filter_terms
from core.settings import MIB, Settings

SUGGEST_SECONDS = 20.0
"""From the start of the request to the end of the model's time, reads and starts included. The rest
of API Gateway's 29 s is for the API's own cold start, and for the response."""

PAYLOAD_MAX_BYTES = MIB
"""Size of the products of one call. The response holds each product and its suggestions three
times, with all characters beyond ASCII escaped, and Lambda passes on 6 MB."""

SAMPLE_PRODUCTS = 50
"""The sample size of an estimate."""


def answered(
    request: EnrichmentRequest,
    catalogue: Catalogue,
    products: ProductReader,
    suggester: Suggester,
    settings: Settings,
    *,
    began: datetime,
    start: Callable[[], dict[str, Any]],
    daily: DailyBudget,
) -> tuple[int, dict[str, Any]]:
    """HTTP status and body. `began` is when the request arrived. `start` starts the job of this
    request and returns the response body.

    Raises NotFound `PRODUCT_NOT_FOUND` when none of the products exists, PayloadTooLarge
    `TOO_MANY_PRODUCTS`, TooManyRequests `DAILY_BUDGET_SPENT`, and ServiceUnavailable.
    """
    if request.dry_run:
        return 200, estimate_response(request, catalogue, products, suggester, settings)
    if request.product_ids is not None and not request.as_job:
        ids = request.product_ids
        return 200, preview_response(ids, request, catalogue, products, suggester, began, daily)
    number = checked_count(request, catalogue, products, settings)
    daily.refuse_when_spent(began)
    return 202, {**start(), "products": number}


def preview_response(
    ids: Sequence[str],
    request: EnrichmentRequest,
    catalogue: Catalogue,
    products: ProductReader,
    suggester: Suggester,
    began: datetime,
    daily: DailyBudget,
) -> dict[str, Any]:
    """The contract's preview, with one entry per id, in the given order. Nothing is saved. Products
    that do not fit into the response are reported as skipped, by id alone.

    Raises NotFound `PRODUCT_NOT_FOUND` when none of the products exists, TooManyRequests
    `DAILY_BUDGET_SPENT`, and ServiceUnavailable.
    """
    found = products.documents(ids)
    _refuse_none_found(ids, found)
    enrichable = [
        products.enrichable(found[product_id]) for product_id in ids if product_id in found
    ]
    fitting, others = _split_by_size(enrichable)
    suggested: Sequence[EnrichedProduct] = ()
    if fitting:
        reservation = uuid.uuid4().hex
        answer = suggester.suggest(
            SuggestCall(
                products=tuple(fitting),
                attributes=attributes_of(catalogue),
                terms=request.terms,
                budget=daily.reserve_call(reservation, request.budget, len(fitting), began),
                ends_at=began.timestamp() + SUGGEST_SECONDS,
            )
        )
        daily.settle_call(reservation, answer.spent, began)
        suggested = answer.products
    absent = [missing(product_id) for product_id in ids if product_id not in found]
    enriched = in_order_of(ids, [*suggested, *map(too_large, others), *absent])
    shown_whole = {product.id: found[product.id] for product in fitting}
    counts, usage = count(enriched)
    return {
        "message": sentences.outcome(counts),
        "enrichedProductsPreview": [
            preview(product, _shown(shown_whole.get(product.id), product.id, catalogue))
            for product in enriched
        ],
        "counts": msgspec.to_builtins(counts),
        "usage": msgspec.to_builtins(usage),
    }


def estimate_response(
    request: EnrichmentRequest,
    catalogue: Catalogue,
    products: ProductReader,
    suggester: Suggester,
    settings: Settings,
) -> dict[str, Any]:
    """Tokens and cost, from a sample that is spread over all requested products. Raises NotFound,
    PayloadTooLarge, ServiceUnavailable."""
    number = checked_count(request, catalogue, products, settings)
    if request.product_ids is not None:
        ids = sorted(products.documents(request.product_ids))
    else:
        ids = products.ids(filter_terms(request.filter or "", catalogue))
        number = len(ids)  # exact; the database's own count may be approximate
    documents = products.documents(stretched(ids, SAMPLE_PRODUCTS))
    sample = [products.enrichable(document) for document in documents.values()]
    result = suggester.estimate(
        EstimateCall(
            products=tuple(_within(PAYLOAD_MAX_BYTES, sample)),
            attributes=attributes_of(catalogue),
            terms=request.terms,
            product_count=number,
        )
    )
    message = result.pop("message")
    if is_unpriced(request.budget, settings):
        message += f" As a job it would be refused: {sentences.unpriced()}"
    return {"message": message, "dryRun": True, "estimate": result}


def checked_count(
    request: EnrichmentRequest, catalogue: Catalogue, products: ProductReader, settings: Settings
) -> int:
    """The number of products in the request. Raises NotFound `PRODUCT_NOT_FOUND` if there are none,
    and PayloadTooLarge `TOO_MANY_PRODUCTS`."""
    if request.product_ids is not None:
        found = products.documents(request.product_ids)
        _refuse_none_found(request.product_ids, found)
        return len(found)
    number = products.count(filter_terms(request.filter or "", catalogue))
    if number == 0:
        raise NotFound("PRODUCT_NOT_FOUND", "No product matches this filter.")
    limit = settings.max_enrichment_products
    if number > limit:
        raise PayloadTooLarge(
            "TOO_MANY_PRODUCTS", sentences.too_many(limit), [{"field": "filter", "maximum": limit}]
        )
    return number


def _refuse_none_found(ids: Sequence[str], found: Mapping[str, Document]) -> None:
    if not found:
        raise NotFound("PRODUCT_NOT_FOUND", sentences.no_such_product(len(ids), ids[0]))


def _shown(document: Document | None, product_id: str, catalogue: Catalogue) -> Document:
    return {"_id": product_id} if document is None else shown(document, catalogue.names)


def _split_by_size(
    products: Sequence[EnrichableProduct],
) -> tuple[list[EnrichableProduct], list[EnrichableProduct]]:
    """The products that fit into one call, and the others. A large product does not exclude the
    smaller ones behind it."""
    fitting: list[EnrichableProduct] = []
    others: list[EnrichableProduct] = []
    bytes_left = PAYLOAD_MAX_BYTES
    for product in products:
        size = len(msgspec.json.encode(product))
        if size > bytes_left:
            others.append(product)
        else:
            fitting.append(product)
            bytes_left -= size
    return fitting, others


def _within(limit: int, products: Sequence[EnrichableProduct]) -> Sequence[EnrichableProduct]:
    """All products, or every second, fourth …, until they fit into the limit of bytes; at least
    one."""
    while len(products) > 1 and len(msgspec.json.encode(products)) > limit:
        products = products[::2]
    return products
