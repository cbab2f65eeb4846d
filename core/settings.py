"""The configuration: read once from environment variables, then immutable.

Every limit is a field here, with its unit in its name. The variables are the names of the fields in
upper case. `infra/template.yaml` sets from its parameters those that an operator may need to
change, and those that messages or `docs/codes.md` mention. All others have their defaults, on AWS
as in unit tests and on the command line.
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
    # resources
    stage: str = "local"
    uploads_bucket: str = ""
    results_bucket: str = ""
    import_queue_url: str = ""
    import_state_machine_arn: str = ""
    commit_state_machine_arn: str = ""
    enrich_state_machine_arn: str = ""
    reprocess_state_machine_arn: str = ""
    export_state_machine_arn: str = ""
    proposal_state_machine_arn: str = ""
    suggest_values_function: str = ""
    """Name of the function that holds the model's secret and requests suggestions."""
    mongodb_uri: str = ""
    mongodb_secret_arn: str = ""
    """Secret that holds the login (core/database_login.py); takes precedence over `mongodb_uri`."""
    mongodb_host: str = ""
    """`name` or `name:port` of the database, for a secret that does not name it."""
    mongodb_database: str = "product_portal"
    mongodb_tls_ca_file: str = ""
    allowed_origins: str = "*"
    """Origins that may call the API from a browser, comma-separated, or `*`."""

    # who calls (docs/identity.md)
    auth_mode: str = "cognito"
    """`cognito`, `oidc` (any OpenID provider), or `none`: every caller is an administrator."""
    auth_issuer: str = ""
    """The `iss` of every token."""
    auth_audience: str = ""
    """Comma-separated. Cognito: ids of the app clients; oidc: values of `aud`. One must fit."""
    auth_keys_url: str = ""
    """Of the issuer's keys; empty: as in its OpenID configuration."""
    auth_roles_claim: str = ""
    """Claim that holds the roles; empty: `cognito:groups` of Cognito, `roles` of others."""
    auth_scope_prefix: str = "portal/"
    """In front of a role in the scopes of a system's token."""
    verify_token_function: str = ""
    """Name of the function that checks tokens."""

    cursor_secret: str = ""
    """Signs the cursors of long lists. Empty: a key derived from the connection string, which all
    functions share. A change of either invalidates the present cursors."""

    # limits
    max_products_per_call: int = 3_000
    """Products that one approve, bulk-update or enrich call may name; for more, use a file or a
    filter. API Gateway waits 29 s. For this many products, the local database with 18 indexes
    needs 4 s of processor time if they are new, 8 s if they exist, and 13 s if each changes."""
    accepted_products_per_call: int = 1_000
    """Products whose suggestions one bulk-update call writes; more become a job."""
    max_commit_rows: int = 10_000_000
    """Valid rows of one import that can be approved at once. Finding repeated ids takes some
    50 bytes of memory and up to 30 µs per row, and a function runs at most 15 minutes."""
    max_export_products: int = 10_000_000
    """Products of one export of the catalogue. OpenExport reads their ids, some 50,000 a second."""
    max_enrichment_products: int = 100_000
    """Products of one enrichment job; each is a call to a model, which takes seconds."""
    max_jobs_per_reprocessing: int = 1_000
    """Jobs of one batch of restarts. Its report, some 200 bytes a job, is one object."""
    max_upload_bytes: int = 5 * GIB
    """The limit of one request. Files sent in parts may be larger: see docs/scaling.md."""
    max_workbook_bytes: int = 200 * MIB
    """A workbook is parsed as a whole, in memory; larger tables should be CSV files."""
    max_workbook_unzipped_bytes: int = 2 * GIB
    """Sum of the sizes that the zip directory declares: protects against zip bombs."""
    max_workbook_cells: int = 40_000_000
    """Rows × columns of a sheet, including empty ones: each cell takes some 60 bytes."""
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
    """Faults quote a rejected value up to this length; the rejected rows keep the whole value."""

    # work per task
    chunk_target_bytes: int = 0
    """Bytes of text in a chunk, for every file; 0 derives them from the file's size by the five
    settings that follow (core/imports/sizing.py)."""
    chunk_target_rows: int = 0
    """The same for workbooks, in rows."""
    target_chunk_count: int = 40
    """Number of chunks of a file of medium size: what an inline Map runs at once. One machine needs
    fewer (core/imports/sizing.py)."""
    chunk_whole_bytes: int = 32 * MIB
    """A text up to this size is one task: it takes about a second, and more tasks save little."""
    chunk_smallest_bytes: int = 16 * MIB
    chunk_largest_bytes: int = 32 * MIB
    """A task needs some 15 times the size of its chunk in memory: about 500 MB for 32 MiB."""
    chunk_whole_cells: int = 1_500_000
    chunk_smallest_cells: int = 750_000
    chunk_largest_cells: int = 1_500_000
    """The same for workbooks, in cells (rows × columns)."""
    inline_map_max_chunks: int = 40
    """More chunks than this go through the Distributed Map (inline Maps run 40 at once)."""
    commit_chunk_bytes: int = 4 * MIB
    """Bytes of `products.ndjson` for one task of an approval: some ten thousand products, which
    even a small database writes within a fraction of the task's time."""
    commit_batch_rows: int = 500
    """Products in one bulk write of an approval."""
    export_part_rows: int = 20_000
    """Products of one task of an export; row groups of an import are not divided."""
    export_part_cells: int = 1_000_000
    """The same for products with many attributes: products × columns."""
    enrichment_products_per_call: int = 100
    """Products that one call enriches directly: the largest page of the list. Products that do not
    fit into API Gateway's 29 s are reported as skipped; more products become a job."""
    enrichment_batch_products: int = 50
    """Products of one task of an enrichment job."""
    enrichment_max_waits: int = 30
    """How often one task may wait for the provider."""
    enrichment_requests_per_minute: int = 0
    """Sent to the provider by all tasks of a job together; 0: no limit."""
    enrich_max_concurrency: int = 4
    """Tasks of a job that run at once, as configured in its Maps. Each gets its share of the limit
    above."""
    imports_at_once: int = 10
    """Imports that run at once; the others wait, oldest first. Each runs up to 40 chunk tasks at
    once, or as many as its Distributed Map allows."""
    small_imports_at_once: int = 20
    """The same for small files, which have a queue of their own."""
    small_import_bytes: int = 4 * MIB
    """A file up to this size is small: one chunk of text, and a second of work."""
    jobs_at_once_per_caller: int = 50
    """Jobs of one caller that run at once; a call that would start one more is refused. All callers
    of an open API count as one."""
    restarts_at_once: int = 5
    """Jobs of one batch of restarts that run at once; the others follow as these end."""
    read_block_bytes: int = 4 * MIB
    """Bytes of one read of the planner; from a local store it reads several at once."""
    result_max_bytes: int = 10 * MIB
    """Limit of the products, and again of the faults, in the result file that a browser loads. Of
    more valid rows than `result_files_max_rows` it holds 1 MiB at most."""
    result_files_max_rows: int = 50_000
    result_files_max_bytes: int = 32 * MIB
    """Valid rows up to both limits (bytes as stored, compressed) are written as files for people at
    the end of the import. Of more rows such a file is made when somebody exports it."""
    presigned_url_seconds: int = 3600
    stalled_after_seconds: int = 180
    """The sweep, which runs every minute, checks jobs that have not been updated for this long."""

    # suggestions of a model (docs/enrichment.md)
    enrichment_provider: str = "offline"
    """`offline` (no model, no key), `openai` (or any server that speaks its protocol) or
    `bedrock`."""
    enrichment_model: str = ""
    """The model's name at the provider: for Azure the deployment, for Bedrock the model or
    inference profile. No default, since models are replaced often."""
    enrichment_secret_arn: str = ""
    """Secret whose whole value is the provider's key; empty: no key is needed. Only the function
    that calls the model may read it."""
    openai_base_url: str = ""
    """Address of an OpenAI-compatible server, such as `http://127.0.0.1:8000/v1`; empty: OpenAI
    itself. With another server the key is optional."""
    enrichment_timeout_seconds: int = 45
    """Of one call to the model."""
    enrichment_calls_in_flight: int = 4
    """Parallel calls of one function."""
    enrichment_max_output_tokens: int = 4_000
    """Of one answer. The provider cuts off a longer answer, which cannot be used."""
    enrichment_max_context_characters: int = 20_000
    """Of one product's known values in the prompt; beyond it, the longest values are cut first."""
    enrichment_max_wait_seconds: int = 5
    """The longest time that a function itself waits when the provider throttles. For longer waits
    it returns the rest of its products, and the state machine waits."""
    enrichment_input_usd_per_million_tokens: float = 0.0
    enrichment_output_usd_per_million_tokens: float = 0.0
    """From the provider's price list. 0: costs are reported only as tokens."""
    enrichment_tokens_per_day: int = 20_000_000
    """Input and output of all requests of a day (UTC) together, whatever their own budgets; 0: no
    limit."""
    enrichment_usd_per_day: float = 0.0
    """The same in money, by the prices above; 0: no limit."""
    enrichment_image_hosts: str = ""
    """Hosts, comma-separated, whose image addresses may be passed to a model (`*.` before a name
    for its subdomains). Empty: none."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. Raises ValueError, which names the variable, for a value that is not a
        number or is out of range."""
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
        settings = cls(**values)
        if settings.auth_mode not in AUTH_MODES:
            raise ValueError(f"AUTH_MODE must be one of {', '.join(AUTH_MODES)}")
        return settings


AUTH_MODES = ("cognito", "oidc", "none")

MAY_BE_ZERO = frozenset(
    {
        "chunk_target_bytes",
        "chunk_target_rows",
        "inline_map_max_chunks",
        "result_max_bytes",
        "result_files_max_rows",
        "stalled_after_seconds",
        "enrichment_max_waits",
        "enrichment_max_wait_seconds",
        "enrichment_requests_per_minute",
        "enrichment_tokens_per_day",
    }
)
"""For these, 0 has a meaning: derived, never, none or no limit. All others are 1 or more."""


def _whole(name: str, text: str, least: int) -> int:
    """A whole number. CloudFormation may write a large one as 5.36870912E9."""
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
