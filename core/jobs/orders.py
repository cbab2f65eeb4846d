"""What each kind of job was requested to do, and its counts: the part of a job record that
depends on its type."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from core.file_format import ReadingOptions, SourceFile


class OnConflict(StrEnum):
    """What an approval does with a product that was written after it was ordered."""

    REJECT = "reject"
    """The row is reported in `rejected`; the product is not changed."""
    OVERWRITE = "overwrite"


class CommitOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a commit job was asked for. It names the attempt, so that what is approved is what the
    caller could look at, whatever becomes of the import afterwards."""

    import_job_id: str
    import_attempt: int
    dry_run: bool = False
    """Count only, write nothing."""
    on_conflict: OnConflict = OnConflict.REJECT


class AcceptanceOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The order of a commit job that saves suggestions of an enrichment. The list of accepted ones
    may be long, and is stored in S3, at `acceptance_key`."""

    enrichment_job_id: str
    enrichment_attempt: int
    dry_run: bool = False
    """Count only, write nothing."""
    fingerprint: str
    """Equal where the same is accepted."""


class CommitCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the valid rows of an import, or of the products whose suggestions were
    accepted. `rows` is the sum of the others."""

    rows: int
    created: int
    updated: int
    unchanged: int
    repeated: int
    """Rows that gave way to a later row of the file with the same id."""
    rejected: int


class DeletionOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The order of a job that deletes products. Their ids, possibly many, are stored in S3."""

    product_count: int
    filter: str | None = None
    """As a query string of `GET /products`; None for a list of ids."""
    fingerprint: str = ""
    """Equal where the same products are deleted."""


class DeletionCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the products; `products` is the sum of the others."""

    products: int
    deleted: int
    rejected: int


COST_DECIMALS = 9
"""A token of the cheapest models costs some 1e-8 dollars; smaller digits are only rounding noise of
sums of floats."""


class EnrichmentTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the caller wants suggested."""

    attributes: tuple[str, ...] | None = None
    """Names of attributes, filled where they are empty. None: every empty text-like one
    (short, long and rich text)."""
    replace: tuple[str, ...] = ()
    """Names of attributes whose present value may be replaced; no other value ever is."""
    images: bool = False
    """Pass the product's pictures to a model that can see."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was really used. Money in US dollars, by the configured prices; 0 where none are."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=round(self.cost_usd + other.cost_usd, COST_DECIMALS),
        )

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            requests=self.requests - other.requests,
            input_tokens=self.input_tokens - other.input_tokens,
            output_tokens=self.output_tokens - other.output_tokens,
            cost_usd=round(self.cost_usd - other.cost_usd, COST_DECIMALS),
        )

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.input_tokens + self.output_tokens


NOTHING_USED = Usage()


class EnrichmentBudget(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """What a job may spend over all its attempts; what is None is not limited."""

    tokens: int | None = None
    """Read and written together."""
    cost_usd: float | None = None

    @property
    def is_limited(self) -> bool:
        return self.tokens is not None or self.cost_usd is not None


class EnrichmentOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was requested. The ids, possibly many, are stored in S3."""

    terms: EnrichmentTerms = EnrichmentTerms()
    product_count: int | None = None
    """How many ids the caller named; None with a filter."""
    filter: str | None = None
    """As a query string of `GET /products`."""
    budget: EnrichmentBudget = EnrichmentBudget()
    fingerprint: str = ""
    """Equal for equal orders, their ids included."""


class EnrichmentCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the products, each counted once; `products` is the sum of the outcomes."""

    products: int = 0
    suggested: int = 0
    nothing_suggested: int = 0
    nothing_to_enrich: int = 0
    not_found: int = 0
    failed: int = 0
    skipped: int = 0
    from_cache: int = 0
    """Of all these, products whose answer was paid for before."""
    suggestions: int = 0
    """Values, over all products."""
    omissions: int = 0
    """Attributes that got none although they were asked for or named."""
    omissions_by_code: dict[str, int] = msgspec.field(default_factory=dict)
    failures_by_code: dict[str, int] = msgspec.field(default_factory=dict)
    """Of the products that failed or were skipped."""

    def __add__(self, other: EnrichmentCounts) -> EnrichmentCounts:
        values: dict[str, Any] = {}
        for field in self.__struct_fields__:
            mine, theirs = getattr(self, field), getattr(other, field)
            values[field] = _merged(mine, theirs) if isinstance(mine, dict) else mine + theirs
        return EnrichmentCounts(**values)

    @property
    def is_clean(self) -> bool:
        return not (self.not_found or self.failed or self.skipped)


class ReprocessingOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The order of a batch of restarts. The ids of its jobs, possibly many, are stored in S3."""

    jobs: int
    fingerprint: str
    """Equal where the same jobs are restarted with the same options."""
    filter: str | None = None
    """As a query string of `GET /processing-jobs`; None for a list of ids."""


class ReprocessingCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the jobs of a batch, each counted once; `jobs` is the sum of the others."""

    jobs: int = 0
    completed: int = 0
    completed_with_issues: int = 0
    failed: int = 0
    """Restarted, and failed again."""
    refused: int = 0
    """Not restarted, for the reason in the report."""
    running: int = 0
    waiting: int = 0
    """Not restarted yet."""


class ExportFormat(StrEnum):
    """A file format that products are exported as; the value is the suffix of the file."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"
    PARQUET = "parquet"


class ExportOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is exported: the valid rows of one attempt of an import, or products of the
    catalogue."""

    format: ExportFormat
    guarded: bool = False
    """Of a CSV: cells that look like formulas get an apostrophe."""
    import_job_id: str | None = None
    import_attempt: int | None = None
    filter: str | None = None
    """As a query string of `GET /products`; empty for the whole catalogue, None for an import."""
    columns: tuple[str, ...] | None = None
    """Names of attributes, in the order of the columns; None for all."""
    fingerprint: str = ""
    """Equal for equal orders."""


class ExportCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    rows: int
    bytes: int
    """Of the file."""
    omitted_values: int
    """Values that no longer have the type of their attribute, and that the format cannot hold."""


class ProposalOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """For which file attributes are proposed."""

    source: SourceFile
    options: ReadingOptions
    """To read the file with."""
    import_job_id: str | None = None
    """The import of the same file, if there is one: it can be processed again when the proposals
    are accepted."""
    fingerprint: str = ""
    """Equal for equal orders."""


class ProposalCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    rows: int
    """Not blank."""
    proposed: int
    """Attributes."""
    left_out: int
    """Columns for which nothing is proposed."""


def order_to_json(order: EnrichmentOrder) -> dict[str, Any]:
    """As REST and the result show it: what was not given is absent."""
    shown: dict[str, Any] = {
        "terms": _given(msgspec.to_builtins(order.terms)),
        "productCount": order.product_count,
        "filter": order.filter,
        "budget": msgspec.to_builtins(order.budget),
    }
    return _given(shown)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _merged(mine: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    return {code: mine.get(code, 0) + theirs.get(code, 0) for code in sorted({*mine, *theirs})}
