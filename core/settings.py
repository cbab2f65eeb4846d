"""The one place for configuration: read once from environment variables, then immutable.

A limit that exists is a field here; its unit is in its name. The variables are the upper case of
the fields' names. `infra/template.yaml` sets those that whoever deploys may want to change, and all
that a sentence or `docs/codes.md` names, from its parameters; whatever it does not set has its
default on AWS too, as in unit tests and on the command line.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Settings:
    # where things are
    stage: str = "local"
    uploads_bucket: str = ""
    results_bucket: str = ""
    import_queue_url: str = ""
    import_state_machine_arn: str = ""
    commit_state_machine_arn: str = ""
    enrich_state_machine_arn: str = ""
    suggest_values_function: str = ""
    """Name of the function that holds the model's secret and asks for suggestions."""
    mongodb_uri: str = ""
    mongodb_secret_arn: str = ""
    """Secret that holds the login instead (core/database_login.py); goes before `mongodb_uri`."""
    mongodb_host: str = ""
    """`name` or `name:port` of the database, for a secret that does not name it."""
    mongodb_database: str = "product_portal"
    mongodb_tls_ca_file: str = ""
    allowed_origins: str = "*"
    """Origins that may call the API from a browser, comma-separated, or `*`."""

    cursor_secret: str = ""
    """Signs the cursors of long lists. Empty: a key derived from the connection string, which all
    functions share; changing either ends the cursors that are out."""

    # limits
    max_products_per_call: int = 3_000
    """Products that one approve, bulk-update or enrich call may name; more go through a file or a
    filter. Of the 29 s that API Gateway waits, so many take the local database, with 18 indexes,
    4 s of its processor's time when they are new, 8 s when they stand already and 13 s when each
    is changed."""
    accepted_products_per_call: int = 1_000
    """Products whose suggestions one bulk-update call writes; more become a job."""
    max_commit_rows: int = 10_000_000
    """Valid rows of one import that can be approved at once. Finding the ids that occur twice takes
    some 50 bytes of memory and up to 30 µs a row, and a function runs 15 minutes at most."""
    max_enrichment_products: int = 100_000
    """Products of one enrichment job; each is a call to a model, which takes seconds."""
    max_upload_bytes: int = 5 * GIB
    """What one request can carry. Files sent in parts may be larger: see docs/scaling.md."""
    max_workbook_bytes: int = 200 * MIB
    """A workbook is parsed whole, in memory; larger tables belong into a CSV."""
    max_workbook_unzipped_bytes: int = 2 * GIB
    """Sum of the sizes that the zip directory declares: the guard against zip bombs."""
    max_workbook_cells: int = 40_000_000
    """Rows × columns that a sheet spans, empty ones included: each takes some 60 bytes."""
    max_record_bytes: int = 16 * MIB
    """One CSV record; 16 MiB is also the largest document of DocumentDB."""
    max_columns: int = 5_000
    short_text_max_characters: int = 50
    long_text_max_characters: int = 1_000_000
    """Of a long or rich text; an attribute's `maxLength` may allow less, not more."""
    max_list_values: int = 1_000
    """Of one multiple select of one product."""
    max_options_per_attribute: int = 10_000
    max_attributes_per_product: int = 5_000
    """Attributes that have a value; as many as a file may have columns."""
    max_product_bytes: int = 12 * MIB
    """Of the values of one product as the database stores them. With the beginnings of its texts
    and its own fields it must stay under the 16 MiB of a document; more than 12 cannot be used."""
    fault_value_max_characters: int = 200
    """A rejected value is quoted up to this length in faults; the rejected rows keep it whole."""

    # pace
    chunk_target_bytes: int = 0
    """Bytes of text in a chunk, whatever the file; 0 derives them from the file's size by the five
    settings that follow (core/imports/sizing.py)."""
    chunk_target_rows: int = 0
    """The same for workbooks, in rows."""
    chunks_wished: int = 40
    """A file of middling size is cut into so many: what an inline Map runs at once. One machine has
    no use for so many (core/imports/sizing.py)."""
    chunk_whole_bytes: int = 32 * MIB
    """Up to here a text is one task: it takes about a second, and starting more hardly less."""
    chunk_smallest_bytes: int = 16 * MIB
    chunk_largest_bytes: int = 32 * MIB
    """A task holds its chunk in memory, some 15 times over: about 500 MB for 32 MiB."""
    chunk_whole_cells: int = 1_500_000
    chunk_smallest_cells: int = 750_000
    chunk_largest_cells: int = 1_500_000
    """The same for workbooks, in cells (rows × columns)."""
    inline_map_max_chunks: int = 40
    """More chunks than this go through the Distributed Map (inline Maps run 40 at once)."""
    commit_chunk_bytes: int = 4 * MIB
    """Of `products.ndjson`, for one task of an approval: some ten thousand products, which even a
    small database takes within a fraction of the task's time."""
    commit_batch_rows: int = 500
    """Products in one bulk write of an approval."""
    enrichment_products_per_call: int = 100
    """Products that a call is answered suggestions for at once: a page of the list at its largest.
    What API Gateway's 29 s are too short for is told as skipped; more products become a job."""
    enrichment_batch_products: int = 50
    """Products that one task of an enrichment job asks for."""
    enrichment_max_waits: int = 30
    """How often one task may be told by the provider to come back later."""
    enrichment_requests_per_minute: int = 0
    """That all tasks of a job together send to the provider; 0: no limit."""
    enrich_max_concurrency: int = 4
    """Tasks of a job at once, as its Maps are told: each keeps to its share of the above."""
    imports_at_once: int = 10
    """Imports that run at once; the others wait, the oldest first. Each has up to 40 chunk tasks at
    once, or as many as its Distributed Map may run."""
    small_imports_at_once: int = 20
    """The same for small files, which have a lane of their own."""
    small_import_bytes: int = 4 * MIB
    """A file up to here is small: one chunk of text, and a second's work."""
    read_block_bytes: int = 4 * MIB
    """Of one read of the planner's; of a store at hand it reads some of them at once."""
    result_max_bytes: int = 10 * MIB
    """Budget of the products, and again of the faults, in the result file a browser loads."""
    presigned_url_seconds: int = 3600
    stalled_after_seconds: int = 180
    """The sweep, which runs every minute, looks at a job that nothing wrote to for so long."""

    # suggestions of a model (docs/enrichment.md)
    enrichment_provider: str = "offline"
    """`offline` (no model, no key), `openai` (or any server that speaks its protocol) or
    `bedrock`."""
    enrichment_model: str = ""
    """The model's name at the provider: for Azure the deployment, for Bedrock the model or
    inference profile. No default: models come and go."""
    enrichment_secret_arn: str = ""
    """Secret whose whole value is the provider's key; empty: none is needed. Only the function that
    asks the model may read it."""
    openai_base_url: str = ""
    """Of an OpenAI-compatible server, such as `http://127.0.0.1:8000/v1`; empty: OpenAI itself.
    With it a key may be left out."""
    enrichment_timeout_seconds: int = 45
    """Of one call to the model."""
    enrichment_calls_in_flight: int = 4
    """Calls that one function has under way at once."""
    enrichment_max_output_tokens: int = 4_000
    """Of one answer. An answer that needs more is cut off by the provider and cannot be used."""
    enrichment_max_context_characters: int = 20_000
    """Of one product's known values as they are sent; what is longer is cut, the longest first."""
    enrichment_max_wait_seconds: int = 5
    """So long a function itself waits when the provider throttles; for longer it gives back what
    is left, and the machine waits."""
    enrichment_input_usd_per_million_tokens: float = 0.0
    enrichment_output_usd_per_million_tokens: float = 0.0
    """By the provider's price list. 0: costs are told as tokens only."""
    enrichment_image_hosts: str = ""
    """Hosts, comma-separated, whose pictures a model that can see may be pointed to (`*.` in front
    of one for its subdomains). Empty: none."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. Raises ValueError, naming the variable, for a number that is none or
        that nothing can work with."""
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            name = field.name.upper()
            text = source.get(name)
            if text is None or text == "":
                continue
            if isinstance(field.default, int):
                values[field.name] = _whole(name, text, 0 if field.name in MAY_BE_ZERO else 1)
            elif isinstance(field.default, float):
                values[field.name] = _money(name, text)
            else:
                values[field.name] = text
        return cls(**values)


MAY_BE_ZERO = frozenset(
    {
        "chunk_target_bytes",
        "chunk_target_rows",
        "inline_map_max_chunks",
        "result_max_bytes",
        "stalled_after_seconds",
        "enrichment_max_waits",
        "enrichment_max_wait_seconds",
        "enrichment_requests_per_minute",
    }
)
"""Of these, 0 means something: derived, never, none or no limit. All others are from 1."""


def _whole(name: str, text: str, least: int) -> int:
    """CloudFormation may write a large number as 5.36870912E9, which is whole all the same."""
    try:
        amount = Decimal(text)
        number = int(amount) if amount == amount.to_integral_value() else least - 1
    except (ArithmeticError, ValueError):
        number = least - 1
    if number < least:
        raise ValueError(f"{name} must be a whole number from {least}, not {text!r}")
    return number


def _money(name: str, text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise ValueError(f"{name} must be a number from 0, not {text!r}")
    return amount
