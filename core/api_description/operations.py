"""Every call of the REST API, in the order in which the description shows them."""

from __future__ import annotations

from core.api_description.attribute_calls import ATTRIBUTE_CALLS
from core.api_description.enrichment_calls import ENRICHMENT_CALLS
from core.api_description.job_calls import JOB_CALLS
from core.api_description.operation import Operation
from core.api_description.product_calls import PRODUCT_CALLS
from core.api_description.upload_calls import UPLOAD_CALLS

TAGS = {
    "attributes": "What a product has: the definitions by which files and products are judged.",
    "uploads": "Bringing a file into the portal.",
    "jobs": "Where imports, approvals and enrichments stand, and what came out of them.",
    "products": "The catalogue.",
    "enrichment": "Suggestions for values that products lack, for a person to approve.",
}

OPERATIONS: tuple[Operation, ...] = (
    *ATTRIBUTE_CALLS,
    *UPLOAD_CALLS,
    *JOB_CALLS,
    *PRODUCT_CALLS,
    *ENRICHMENT_CALLS,
)
