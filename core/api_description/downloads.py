"""The files that a finished job offers, and the schemas of those that are JSON.

They are no operations: a presigned link of the job leads to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.jobs.records import JobType


@dataclass(frozen=True, slots=True)
class Download:
    job_type: JobType
    kind: str
    """Its key in `downloads` of the job."""
    form: str
    schema: str | None = None
    """Names a file of `schemas/`, without its suffix; for the whole file, or for each line."""

    def sentence(self, component: str) -> str:
        reported = f"`{self.kind}` of a job of type `{self.job_type}`: {self.form}"
        return f"{reported}, schema `{component}`" if component else reported


_JSON, _LINES = "JSON", "NDJSON, each line"
DOWNLOADS = (
    Download(JobType.IMPORT, "result", _JSON, "result-file"),
    Download(JobType.IMPORT, "productsCsvGuarded", "CSV, safe to open in a spreadsheet"),
    Download(JobType.IMPORT, "productsCsv", "CSV, a column for each attribute, exact"),
    Download(JobType.IMPORT, "products", _LINES, "downloads/product-line"),
    Download(JobType.IMPORT, "productsParquet", "Parquet, typed"),
    Download(JobType.IMPORT, "productsXlsx", "an Excel workbook, once it was exported"),
    Download(JobType.IMPORT, "faults", _LINES, "downloads/fault-line"),
    Download(JobType.IMPORT, "rejected", "CSV, as uploaded, with a column that names the faults"),
    Download(JobType.IMPORT, "changes", _LINES, "downloads/change-line"),
    Download(JobType.COMMIT, "result", _JSON, "downloads/approval-result"),
    Download(JobType.COMMIT, "rejected", _LINES, "downloads/not-saved-line"),
    Download(JobType.DELETION, "result", _JSON, "downloads/deletion-result"),
    Download(JobType.DELETION, "rejected", _LINES, "downloads/not-saved-line"),
    Download(JobType.ENRICHMENT, "result", _JSON, "downloads/suggestions-result"),
    Download(JobType.ENRICHMENT, "suggestions", "NDJSON, a product in each line"),
    Download(JobType.EXPORT, "result", _JSON, "downloads/export-result"),
    Download(JobType.EXPORT, "export", "the file, in the format of the order"),
    Download(JobType.PROPOSAL, "result", _JSON, "downloads/proposals-result"),
    Download(JobType.REPROCESSING, "result", _JSON, "downloads/restarts-result"),
)


def of_lines(download: Download) -> bool:
    return download.form == _LINES


def with_schema() -> Iterator[tuple[Download, str]]:
    for download in DOWNLOADS:
        if download.schema is not None:
            yield download, download.schema
