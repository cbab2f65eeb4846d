"""The one place for configuration: read once from environment variables, then immutable.

A limit that exists is a field here; its unit is in its name. `infra/template.yaml` sets the
variables (upper case of the field's name); the defaults serve unit tests and the command line.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass

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
    mongodb_uri: str = ""
    mongodb_database: str = "product_portal"
    mongodb_tls_ca_file: str = ""
    allowed_origins: str = "*"
    """Origins that may call the API from a browser, comma-separated, or `*`."""

    cursor_secret: str = ""
    """Signs the cursors of long lists. Empty: a key derived from the connection string, which all
    functions share; changing either ends the cursors that are out."""

    # limits
    max_products_per_call: int = 1_000
    """Products that one approve or bulk-update call may carry; more go through a file."""
    max_commit_rows: int = 10_000_000
    """Valid rows of one import that can be approved at once. Finding the ids that occur twice takes
    some 50 bytes of memory and up to 30 µs a row, and a function runs 15 minutes at most."""
    max_upload_bytes: int = 5 * GIB
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
    fault_value_max_characters: int = 200
    """A rejected value is quoted up to this length in faults; the rejected rows keep it whole."""

    # pace
    chunk_target_bytes: int = 16 * MIB
    chunk_target_rows: int = 50_000
    """For workbooks, whose chunks are cut by rows."""
    inline_map_max_chunks: int = 40
    """More chunks than this go through the Distributed Map (inline Maps run 40 at once)."""
    commit_chunk_bytes: int = 4 * MIB
    """Of `products.ndjson`, for one task of an approval: some ten thousand products, which even a
    small database takes within a fraction of the task's time."""
    commit_batch_rows: int = 500
    """Products in one bulk write of an approval."""
    read_block_bytes: int = 8 * MIB
    result_max_bytes: int = 10 * MIB
    """Budget of the products, and again of the faults, in the result file a browser loads."""
    presigned_url_seconds: int = 3600
    stalled_after_seconds: int = 900

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. Raises ValueError, naming the variable, for a number that is none."""
        source = os.environ if environment is None else environment
        values: dict[str, str | int] = {}
        for field in dataclasses.fields(cls):
            name = field.name.upper()
            text = source.get(name)
            if text is None or text == "":
                continue
            if isinstance(field.default, int):
                try:
                    values[field.name] = int(text)
                except ValueError:
                    raise ValueError(f"{name} must be a whole number, not {text!r}") from None
            else:
                values[field.name] = text
        return cls(**values)  # type: ignore[arg-type]  # the loop above typed each value
