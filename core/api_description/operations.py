"""Every call of the REST API, in the order of the description."""

from __future__ import annotations

from core.api_description.attribute_calls import ATTRIBUTE_CALLS
from core.api_description.audit_calls import AUDIT_CALLS
from core.api_description.enrichment_calls import ENRICHMENT_CALLS
from core.api_description.health_calls import HEALTH_CALLS
from core.api_description.job_calls import JOB_CALLS
from core.api_description.operation import Operation
from core.api_description.product_calls import PRODUCT_CALLS
from core.api_description.profile_calls import PROFILE_CALLS
from core.api_description.upload_calls import UPLOAD_CALLS

TAGS = {
    "attributes": "The definitions that files and products are validated against.",
    "profiles": "How the files of a supplier are read, saved under a name.",
    "uploads": "Uploading files to the portal.",
    "jobs": "The state and results of imports, approvals, enrichments and exports.",
    "products": "The catalogue.",
    "enrichment": "Suggestions for missing values of products, for a person to approve.",
    "audit": "Who changed attributes, profiles and jobs.",
    "health": "For load balancers and monitors.",
}

OPERATIONS: tuple[Operation, ...] = (
    *ATTRIBUTE_CALLS,
    *PROFILE_CALLS,
    *UPLOAD_CALLS,
    *JOB_CALLS,
    *PRODUCT_CALLS,
    *ENRICHMENT_CALLS,
    *AUDIT_CALLS,
    *HEALTH_CALLS,
)
