"""The call that asks for suggestions."""

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
        description="Nothing is saved. Each suggestion is judged by the rules of an import; what "
        "fails them, and what the model does not know, is told under `omissions`. Up to "
        "100 ids are answered with a preview, in which what the time of a call is too short for is "
        "`skipped`; with more ids, a filter or `async` the answer is a job. Approve with "
        "`bulk-update`, which takes the objects of the preview as they are.",
        body=Body(("requests/enrich-products",)),
        answers=(
            Answer(200, "The suggestions, or an estimate.", "responses/enrichment"),
            Answer(202, "The job that asks for them.", "responses/enrichment-accepted"),
        ),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("PRODUCT_NOT_FOUND",),
            TOO_LARGE: ("TOO_MANY_PRODUCTS",),
        },
    ),
)
