"""The values that travel between the steps of an enrichment job; keys and counts, never products.

OpenEnrichment freezes everything that a batch needs in S3. So the function that holds the model's
key needs no database, and all batches use the same definitions.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.enrichment.model import EnrichableProduct
from core.jobs.orders import EnrichmentBudget, EnrichmentCounts, EnrichmentOrder, Usage


class EnrichmentAttributes(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All attributes of the catalogue as they were when the products were read: their definitions,
    which questions and validation use, and the merchant's descriptions."""

    definitions: tuple[AttributeDefinition, ...]
    descriptions: dict[str, str] = {}
    """By attribute name; only attributes that have a description."""


class EnrichmentSelection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The content of `order.json`: the order, and the ids that do not fit into the job record."""

    order: EnrichmentOrder
    product_ids: tuple[str, ...] | None = None
    """In the order of the call; None with a filter."""


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The products of one task; they are stored under `EnrichmentKeys.products`."""

    index: int
    products: int


class BatchContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The content of `EnrichmentKeys.products`."""

    products: tuple[EnrichableProduct, ...]
    missing: tuple[str, ...] = ()
    """Requested ids that no product has."""


class EnrichmentPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Written once per attempt, last, to `EnrichmentKeys.plan`."""

    job_id: str
    attempt: int
    order: EnrichmentOrder
    chunk_count: int
    """The number of batches. Named as in the other plans, for the progress display."""
    row_count: int
    """The number of products, including those that do not exist."""
    allowance: EnrichmentBudget | None = None
    """The budget of the order, or less where the day's budget has less left."""
    batch_products: int = 0
    """Of each batch but the last."""
    opening: str = ""
    """Whose products these are: of two openings that run side by side, each reads the catalogue at
    its own moment."""


class BatchSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Counts of one batch. Written last, so its presence means that the batch is done."""

    index: int
    counts: EnrichmentCounts
    usage: Usage


class BatchTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of SuggestValues inside the Map; `turn` counts how often the batch had to wait."""

    job_id: str
    attempt: int
    chunk: Batch
    turn: int = 0
    outages: int = 0
    """In how many turns the provider was unavailable."""


class BatchTurn(StrEnum):
    DONE = "DONE"
    WAIT = "WAIT"
    """The provider throttles or is unavailable; the answers so far are kept."""


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Output of SuggestValues: the task of the next turn, and how long to wait before it."""

    outcome: BatchTurn
    job_id: str
    attempt: int
    chunk: Batch
    turn: int
    outages: int = 0
    wait_seconds: int = 0


class EnrichmentExecution(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of an execution of product-enrich (`schemas/pipeline/enrich-execution.json`). The order
    itself is stored only in S3."""

    job_id: str
