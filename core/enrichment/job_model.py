"""The values that travel between the steps of an enrichment job; keys and counts, never products.

OpenEnrichment freezes everything that a batch needs into S3, so that the function which holds the
model's key has no database, and all batches ask and judge by the same definitions.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.enrichment.model import EnrichableProduct
from core.fan_out import FanOut, ManifestLocation
from core.jobs.orders import EnrichmentCounts, EnrichmentOrder, Usage
from core.outcomes import Refusal


class AskedOf(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All attributes of the catalogue as they were when the products were read: what is asked for
    and judged by, and what the merchant says of them."""

    definitions: tuple[AttributeDefinition, ...]
    descriptions: dict[str, str] = {}
    """By name; only where there is one."""


class EnrichmentSelection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `order.json` holds: the order, with the ids that the job record has no room for."""

    order: EnrichmentOrder
    product_ids: tuple[str, ...] | None = None
    """In the order of the call; None with a filter."""


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Products that one task asks for; they lie under `EnrichmentKeys.products`."""

    index: int
    products: int


class BatchContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What lies there."""

    products: tuple[EnrichableProduct, ...]
    missing: tuple[str, ...] = ()
    """Ids that were asked for and that no product has."""


class EnrichmentPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Written once per attempt, last, to `EnrichmentKeys.plan`."""

    job_id: str
    attempt: int
    order: EnrichmentOrder
    chunk_count: int
    """Batches; named as in the other plans, for progress."""
    row_count: int
    """Products, those that do not exist included."""


class BatchSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Counts of one batch; written last, so that its presence means that the batch is done."""

    index: int
    counts: EnrichmentCounts
    usage: Usage


class OpenOutcome(StrEnum):
    CLAIMED = "CLAIMED"
    REFUSED = "REFUSED"
    """Claimed too, but there is nothing that could be enriched."""
    SUPERSEDED = "SUPERSEDED"
    """Not claimed: somebody cancelled the job."""


class OpenedEnrichment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state that all later states of the machine read."""

    outcome: OpenOutcome
    job_id: str
    execution_arn: str
    attempt: int | None = None
    """None when superseded."""
    mode: FanOut | None = None
    chunks: tuple[Batch, ...] = ()
    """Only for an inline Map; the manifest names them in any case."""
    chunk_count: int = 0
    row_count: int = 0
    manifest: ManifestLocation | None = None
    refusal: Refusal | None = None


class BatchTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of SuggestValues inside the Map; `turn` counts how often it was told to wait."""

    job_id: str
    attempt: int
    chunk: Batch
    turn: int = 0
    outages: int = 0
    """In how many turns the provider was away."""


class TurnOutcome(StrEnum):
    DONE = "DONE"
    WAIT = "WAIT"
    """The provider wants to be asked again later, or is away; what it answered is kept."""


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What SuggestValues answers: the task of the next turn, with how long to wait before it."""

    outcome: TurnOutcome
    job_id: str
    attempt: int
    chunk: Batch
    turn: int
    outages: int = 0
    wait_seconds: int = 0


class EnrichmentExecution(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of an execution of product-enrich (`schemas/pipeline/enrich-execution.json`). The order
    itself lies in S3, and only there."""

    job_id: str
