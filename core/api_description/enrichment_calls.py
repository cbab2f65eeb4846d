"""The call that requests suggestions."""

from __future__ import annotations

from core.api_description.operation import (
    BAD_REQUEST,
    NOT_FOUND,
    TOO_LARGE,
    Answer,
    Body,
    Operation,
)

ENRICHMENT_CALLS = (
    Operation(
        method="post",
        path="/products/enrich",
        id="enrichProducts",
        tag="enrichment",
        summary="Suggest values for empty attributes",
        description="Nothing is saved. The rules of an import validate each suggestion. Values "
        "that break a rule, and attributes that the model does not know, are listed under "
        "`omissions`. For up to 100 ids the response is a preview; products for which the time of "
        "the call was too short are `skipped`. For more ids, a filter or `async`, the response is "
        "a job. Approve suggestions with `bulk-update`, which accepts the objects of the preview "
        "unchanged.",
        body=Body(("requests/enrich-products",)),
        answers=(
            Answer(200, "The suggestions, or an estimate.", "responses/enrichment"),
            Answer(202, "The job that requests them.", "responses/enrichment-accepted"),
        ),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
            TOO_LARGE: ("TOO_MANY_PRODUCTS",),
        },
    ),
)
