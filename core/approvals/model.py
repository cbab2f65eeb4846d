"""The values that travel between the steps of an approval; keys and counts, never products.

The rows of an approval are the valid rows of the import: the values as the import validated
them, by the definitions frozen for its attempt. They are not validated again; the
attributes at the time of the approval only determine which of them still exist, whether a value
still has the type of its attribute, how it is indexed, and which attribute identifies the product.

When suggestions are approved, the rows are the lines of the enrichment's `suggestions.ndjson`; the
accepted values are validated again, as in a call that accepts a few.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.jobs.orders import AcceptanceOrder, CommitOrder, DeletionOrder, OnConflict
from core.storage import CommitKeys, ObjectStore


class CommitChunk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run of valid rows, or of whole lines of `suggestions.ndjson`."""

    index: int
    start: int
    """Position, included (core/approvals/lines.py)."""
    end: int
    """Position, excluded."""
    first_line: int
    """1 is the first row or line."""
    rows: int
    """Those that are to be written; of suggestions those products of which some are accepted."""
    repeated: int
    """Rows that are replaced by a later one with the same id; `CommitKeys.repeats` names them."""


class CommitPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every chunk task must know; written once per attempt, last, to `CommitKeys.plan`."""

    job_id: str
    attempt: int
    order: CommitOrder | None = None
    acceptance: AcceptanceOrder | None = None
    """Of an approval of suggestions; then there is no `order`."""
    deletion: DeletionOrder | None = None
    """Of a job that deletes products; then there is neither."""
    import_source: str
    """Key of the uploaded file, which the products of an import note as their source."""
    file_name: str
    actor: str
    """Who approved."""
    at: datetime
    """When it was ordered: what was written to a product since is not written over."""
    attributes: dict[str, AttributeType]
    """By name, of the day of the approval."""
    identifier: str | None
    chunk_count: int
    row_count: int
    ignored_fields: tuple[str, ...]
    """Fields of the products that are no attributes any more, and are not stored."""

    @property
    def dry_run(self) -> bool:
        order = self.order or self.acceptance
        return order is not None and order.dry_run

    @property
    def overwrites(self) -> bool:
        return self.order is not None and self.order.on_conflict is OnConflict.OVERWRITE


class CommitSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Counts of one chunk; written last, so that its presence means that the chunk is done."""

    index: int
    rows: int
    created: int
    updated: int
    unchanged: int
    repeated: int
    rejected: int


class DeletionSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The same of a chunk of a deletion."""

    index: int
    rows: int
    deleted: int
    rejected: int


class RejectionCode(StrEnum):
    """Why a valid row did not become a product. Stable; documented in docs/codes.md."""

    EMPTY_PRODUCT = "EMPTY_PRODUCT"
    PRODUCT_TOO_LARGE = "PRODUCT_TOO_LARGE"
    TOO_MANY_ATTRIBUTES = "TOO_MANY_ATTRIBUTES"
    TYPE_CHANGED = "TYPE_CHANGED"
    CHANGED_SINCE = "CHANGED_SINCE"
    """The product was written after the approval was ordered."""
    DELETED_SINCE = "DELETED_SINCE"
    """The product was deleted after the approval was ordered."""
    CONFLICT = "CONFLICT"
    NOT_UNIQUE = "NOT_UNIQUE"
    IDENTIFIER_CHANGED = "IDENTIFIER_CHANGED"
    INVALID_VALUE = "INVALID_VALUE"
    """Of a suggestion that breaks a rule which changed since."""
    PRODUCT_NOT_FOUND = "PRODUCT_NOT_FOUND"
    """Of a suggestion for a product that was deleted since."""


class Rejection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row that could not be saved: a line of `rejected.ndjson`."""

    line: int
    """Number of the valid row of the import, or of the line of `suggestions.ndjson`; 1 is the
    first."""
    id: str | None = msgspec.field(default=None, name="_id")
    code: RejectionCode
    message: str


class CommitChunkTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_id: str
    attempt: int
    execution_arn: str
    chunk: CommitChunk


class CommitRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of an execution of product-commit (`schemas/pipeline/commit-execution.json`). The order
    itself is stored only in the job."""

    job_id: str


def read_plan(store: ObjectStore, bucket: str, keys: CommitKeys) -> CommitPlan:
    """Raises ObjectMissing."""
    return msgspec.json.decode(store.get(bucket, keys.plan), type=CommitPlan)


class Frozen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What planning an attempt depends on, apart from its rows, which never change. It is written
    first, once, so that two concurrent openings produce the same plan."""

    definitions: tuple[AttributeDefinition, ...]
    """Of all attributes; suggestions are validated by them again."""
    chunk_bytes: int


def read_frozen(store: ObjectStore, bucket: str, keys: CommitKeys) -> Frozen:
    """Raises ObjectMissing."""
    return msgspec.json.decode(store.get(bucket, keys.definitions), type=Frozen)
