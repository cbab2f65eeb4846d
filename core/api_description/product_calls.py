"""The calls under `/products`, and `/approve`."""

from __future__ import annotations

from core.api_description import parameters
from core.api_description.operation import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    TOO_LARGE,
    Answer,
    Body,
    Operation,
)


def _approve(path: str, product_id: str) -> Operation:
    return Operation(
        method="post",
        path=path,
        id=product_id,
        tag="products",
        summary="Save products, or all valid rows of an import",
        description="Products that exist already are updated. Of a list, what is not valid is told "
        "under `rejected` and holds up no other; 400 when nothing is valid. An import is approved "
        "by a job of its own, which the answer names.",
        body=Body(("requests/approve-products", "requests/approve-job")),
        answers=(
            Answer(200, "The valid products of the list were saved.", "responses/approval"),
            Answer(202, "The job that saves the rows.", "responses/commit-accepted"),
        ),
        failures={
            BAD_REQUEST: (
                "INVALID_FIELDS",
                "NO_VALID_PRODUCT",
            ),
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: (
                "JOB_NOT_FINISHED",
                "IMPORT_FAILED",
                "NO_VALID_ROWS",
                "NOT_AN_IMPORT",
                "RESULTS_GONE",
            ),
            TOO_LARGE: ("TOO_MANY_PRODUCTS",),
        },
    )


def _bulk_update(method: str, product_id: str) -> Operation:
    return Operation(
        method=method,
        path="/products/bulk-update",
        id=product_id,
        tag="products",
        summary="Change some attributes of many products, or save suggestions of an enrichment",
        description="Suggestions are saved only where the attributes still are as they were when "
        "the products were read; what does not fit is told as a conflict. For more products than "
        "one call saves a job is started, which the answer names.",
        body=Body(("requests/bulk-update-products", "requests/approve-suggestions")),
        answers=(
            Answer(200, "The outcome of each product.", "responses/bulk-update"),
            Answer(202, "The job that saves the suggestions.", "responses/acceptance-accepted"),
        ),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: (
                "NOT_AN_ENRICHMENT",
                "JOB_NOT_FINISHED",
                "ENRICHMENT_FAILED",
                "NO_SUGGESTIONS",
                "SUGGESTIONS_GONE",
            ),
            TOO_LARGE: ("TOO_MANY_PRODUCTS",),
        },
    )


PRODUCT_CALLS = (
    Operation(
        method="get",
        path="/products",
        id="listProducts",
        tag="products",
        summary="Products, filtered and sorted",
        parameters=parameters.OF_PRODUCT_LIST,
        answers=(Answer(200, "One page of the products.", "responses/product-list"),),
        failures={
            BAD_REQUEST: (
                "INVALID_QUERY",
                "INVALID_CURSOR",
            ),
        },
    ),
    Operation(
        method="get",
        path="/products/{productId}",
        id="getProduct",
        tag="products",
        summary="One product",
        parameters=(parameters.PRODUCT_ID,),
        answers=(Answer(200, "The product.", "responses/product-shown"),),
        failures={
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
        },
    ),
    Operation(
        method="delete",
        path="/products/{productId}",
        id="deleteProduct",
        tag="products",
        summary="Delete a product",
        parameters=(parameters.PRODUCT_ID,),
        answers=(Answer(200, "The product was deleted.", "responses/message"),),
        failures={
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
        },
    ),
    _approve("/products/approve", "approveProducts"),
    _approve("/approve", "approveProductsByShortPath"),
    _bulk_update("put", "bulkUpdateProducts"),
    _bulk_update("post", "bulkUpdateProductsByPost"),
)
