"""The calls under `/products`, `/product-facets` and `/approve`."""

from __future__ import annotations

from core.api_description import parameters
from core.api_description.operation import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    OTHER_REVISION,
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
        description="Existing products are updated. Invalid products of a list are reported under "
        "`rejected`, and the others are saved; the response is 400 if none is valid, "
        "and 409 if each has a value that may occur only once and that another product has. An "
        "import is approved by a separate job, whose id is in the response.",
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
                "OTHER_ATTEMPT",
                "NO_VALID_ROWS",
                "NOT_AN_IMPORT",
                "RESULTS_GONE",
                "NO_VALID_PRODUCT",
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
        description="A suggestion is saved only if its attribute has not changed since the product "
        "was read; otherwise it is reported as a conflict. For more products than one call can "
        "save, the call starts a job, whose id is in the response.",
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
        summary="List products, filtered and sorted",
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
        path="/product-facets",
        id="countProductValues",
        tag="products",
        summary="Count the products with each value of some attributes",
        description="For short texts, options, numbers, booleans and dates. The most frequent "
        "values come first; `others` counts those beyond `limit`. Filters are those of "
        "`GET /products`. To offer further values of an attribute that is filtered by already, "
        "count it in a call without its own filter.",
        parameters=parameters.OF_PRODUCT_FACETS,
        answers=(Answer(200, "The values of each attribute.", "responses/product-facets"),),
        failures={
            BAD_REQUEST: ("INVALID_QUERY",),
        },
    ),
    Operation(
        method="get",
        path="/products/{productId}",
        id="getProduct",
        tag="products",
        summary="Get one product",
        parameters=(parameters.PRODUCT_ID,),
        answers=(Answer(200, "The product.", "responses/product-shown"),),
        failures={
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
        },
    ),
    Operation(
        method="get",
        path="/products/{productId}/history",
        id="getProductHistory",
        tag="products",
        summary="Who changed a product, when, by which job, from what to what",
        description="The newest change first. The history of a deleted product is found for 90 "
        "days, and goes on when a product of the same id is created.",
        parameters=(parameters.PRODUCT_ID, *parameters.OF_PAGE),
        answers=(Answer(200, "One page of its changes.", "responses/product-history"),),
        failures={
            BAD_REQUEST: ("INVALID_QUERY",),
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
        },
    ),
    Operation(
        method="patch",
        path="/products/{productId}",
        id="patchProduct",
        tag="products",
        summary="Change some attributes of one product",
        description="As one object of `bulk-update`, answered by a status of its own. A value that "
        "is not changed is not validated again.",
        parameters=(parameters.PRODUCT_ID, parameters.IF_MATCH),
        body=Body(("requests/patch-product",)),
        answers=(Answer(200, "The product as it is now.", "responses/product-shown"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
            CONFLICT: ("PRODUCT_CHANGED", "NOT_UNIQUE"),
            OTHER_REVISION: ("PRODUCT_CHANGED", "UNKNOWN_ETAG"),
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
    Operation(
        method="post",
        path="/products/delete",
        id="deleteProducts",
        tag="products",
        summary="Delete many products, by ids or by a filter",
        description="The response is a job of type `deletion`. It deletes the products that the "
        "filter finds at the call, each as a single DELETE does; one that is changed afterwards is "
        "left as it is, and named in `downloads.rejected`. A dry run only counts them.",
        body=Body(("requests/delete-products",)),
        answers=(
            Answer(200, "Of a dry run: how many would be deleted.", "responses/deletion-preview"),
            Answer(202, "The deletion was started.", "responses/deletion-accepted"),
        ),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
            TOO_LARGE: ("TOO_MANY_PRODUCTS",),
        },
    ),
    Operation(
        method="post",
        path="/products/export",
        id="exportProducts",
        tag="products",
        summary="Export products of the catalogue as a file",
        description="The response is a job of type `export`; when it is done, its "
        "`downloads.export` is the file. Every product that the filter finds when the job opens "
        "is in it, with the attributes of that moment.",
        body=Body(("requests/export-products",)),
        answers=(Answer(202, "The export was started.", "responses/export-accepted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            CONFLICT: ("NO_ATTRIBUTES",),
        },
    ),
)
