"""Every key in S3: what it holds, who writes it, who reads it.

uploads bucket
    user-uploads/{jobId}/{file}     the browser writes (presigned PUT), the pipeline reads
    incoming/{profile}/{…}          suppliers write, the pipeline reads by that profile
    any other key                   anybody with the right writes, the pipeline reads

results bucket, work (expires after days)        written by        read by
    work/{jobId}/{attempt}/definitions.json      open_job          plan, validate, check_catalogue,
                                                                   aggregate
    …/profiles.json (if nothing says how the     open_job          plan_chunks
        file is read)
    …/plan.json                                  plan_chunks       all that follow, jobs API
    …/chunks.json                                plan_chunks       the Distributed Map, plan_chunks,
                                                                   find_repeats, check_catalogue
    …/repaired.csv (uncertified CSV only)        plan_chunks       plan_chunks, validate
    …/rows/{chunk}.arrow                         plan_chunks       validate (workbooks only)
    …/summaries/{chunk}.json                     validate_chunk    aggregate, jobs API (progress)
    …/unique/{chunk}.parquet (only if any)       validate_chunk    find_repeats, check_catalogue
    …/repeats/{chunk}.parquet (only if any)      find_repeats      find_repeats, check_catalogue,
                                                                   validate (second pass)
    …/repeated.json                              find_repeats      check_catalogue
    …/taken/{chunk}.parquet (only if any)        check_catalogue   validate (second pass)
    …/again.json                                 check_catalogue   the Map, check_catalogue,
                                                                   aggregate, jobs API
    …/judged-again/{chunk} (second pass)         validate_chunk    jobs API (progress)
    …/faults/{chunk}.ndjson                      validate_chunk    aggregate
    …/rejected/{chunk}.csv                       validate_chunk    aggregate
    …/changes/{chunk}.ndjson (value steps only)  validate_chunk    aggregate
    …/refusal.json (only if any)                 validate_chunk    aggregate; find_repeats and
                                                                   check_catalogue (if it exists)
    …/outcome.json                               aggregate         close_job

results bucket, valid rows of imports (kept)
    valid-rows/{jobId}/{attempt}/{chunk}-{number}.parquet
        written by validate_chunk, read by aggregate, open_commit, commit_chunk, export_part
    …/parts.json                                 aggregate         the same, open_export; products
                                                                   and jobs API (HEAD)

results bucket, results (kept), written by aggregate_results, linked by the jobs API
    results/{jobId}/{attempt}/result.json   …/faults.ndjson   …/rejected.csv
    with value steps: …/changes.ndjson
    if they are small: …/products.ndjson   …/products.csv   …/products-guarded.csv
                       …/products.parquet

the same two prefixes for a commit job (an approval), whose rows are the valid rows above, or of an
approval of suggestions the suggestions.ndjson below; and for a deletion, whose rows are ids
    work/{jobId}/acceptance.json (suggestions)   products API      open_commit, commit_chunk
    work/{jobId}/product-ids.ndjson (deletions)  products API      open_commit, commit_chunk
    …/{attempt}/definitions.json                 open_commit       open_commit, commit_chunk
    work/{jobId}/{attempt}/plan.json             open_commit       commit, close_commit, jobs API
    …/chunks.json                                open_commit       the Distributed Map
    …/repeats/{chunk}.json (only if any)         open_commit       commit_chunk
    …/batches/{chunk}/{batch}.json               commit_chunk      commit_chunk, when repeated
    …/summaries/{chunk}.json                     commit_chunk      close_commit, jobs API (progress)
    …/rejected/{chunk}.ndjson                    commit_chunk      close_commit
    results/{jobId}/{attempt}/result.json        close_commit      linked by the jobs API
    …/rejected.ndjson                            close_commit      linked by the jobs API

results bucket, history of products (kept)
    history/entries/{digest}/{revision}-{time}.json    products API, commit_chunk    products API
    history/values/{digest}/{revision}-{token}.json    products API, commit_chunk    products API

results bucket, answers of models that were paid for (expire after days)
    enrichment/answers/{digest}.json             suggest_values    suggest_values

the same two prefixes for an enrichment job (`enrichment_keys.py`)
    work/{jobId}/order.json                      enrichment API    open_enrichment, jobs API (HEAD)
    work/{jobId}/ledger/spent-…, done-…          suggest_values    suggest, close, jobs API
    …/ledger/stop-{attempt} (only if any)        jobs API (cancel), open_enrichment   suggest_values
    work/{jobId}/{attempt}/definitions.json      open_enrichment   open_enrichment, suggest_values
    …/plan.json                                  open_enrichment   suggest, close, jobs API
    …/chunks.json                                open_enrichment   the Distributed Map
    …/products/{opening}/{batch}.json            open_enrichment   suggest_values, close_enrichment
    …/answered/{batch}.ndjson (when throttled)   suggest_values    suggest_values, its next turn
    …/suggestions/{batch}.ndjson                 suggest_values    close_enrichment
    …/summaries/{batch}.json                     suggest_values    close, jobs API (progress)
    results/{jobId}/{attempt}/result.json        close_enrichment  linked by the jobs API
    …/suggestions.ndjson                         close_enrichment  jobs API, products API, commits

the same two prefixes for a batch of restarts (`reprocessing_keys.py`)
    work/{jobId}/order.json                      jobs API          restart_jobs, jobs API (HEAD)
    work/{jobId}/{attempt}/report.json           restart_jobs      restart_jobs, jobs API (progress)
    results/{jobId}/{attempt}/result.json        restart_jobs      linked by the jobs API

an export (`export_keys.py`), whose files expire after days
    work/{jobId}/order.json                      jobs API, products API   jobs API (HEAD)
    work/{jobId}/{attempt}/plan.json             open_export       export_part, close, jobs API
    …/chunks.json                                open_export       the Distributed Map
    …/source/{opening}/{chunk}                   open_export       export_part
    …/parts/{chunk}-{run}                        export_part       close_export
    …/summaries/{chunk}.json                     export_part       close, jobs API (progress)
    exports/{jobId}/{attempt}/result.json        close_export      linked by the jobs API
    …/export.{csv, xlsx, ndjson, parquet}        close_export      linked by the jobs API

attributes proposed from a file (`proposal_keys.py`); the command line has them in a folder
    work/{jobId}/order.json                      attributes API    attributes API (HEAD)
    work/{jobId}/{attempt}/definitions.json      open_proposal     plan_proposal
    …/plan.json, …/chunks.json, …/rows/ and …/repaired.csv as of an import, from plan_proposal
    …/asked.json                                 plan_proposal     gather_evidence, decide_proposals
    …/hashes/{chunk}.parquet                     gather_evidence   decide_proposals
    …/summaries/{chunk}.json                     gather_evidence   decide_proposals, jobs API
    …/refusal.json (only if any)                 gather_evidence   decide_proposals
    results/{jobId}/{attempt}/proposals.json     decide_proposals  close_proposal, attributes API,
                                                                   linked by the jobs API
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

UPLOADS_PREFIX = "user-uploads/"
INCOMING_PREFIX = "incoming/"
CHUNK_DIGITS = 6


def upload_key(job_id: str, file_name: str) -> str:
    """Key of an upload. All characters except letters, digits, `.`, `-` and `_` become `_` (the
    contract)."""
    return f"{UPLOADS_PREFIX}{job_id}/{re.sub(r'[^A-Za-z0-9._-]', '_', file_name)}"


def job_id_of_upload(key: str) -> str | None:
    """The job id that `upload_key` put into a key; None for a file dropped under another key."""
    match = re.fullmatch(rf"{UPLOADS_PREFIX}([0-9a-f-]{{36}})/[^/]+", key)
    return match.group(1) if match else None


def profile_of_key(key: str) -> str | None:
    """The name of the profile that a dropped file is read by; None for other keys. Names are in
    lower case, and the folders of suppliers may not be."""
    match = re.fullmatch(rf"{INCOMING_PREFIX}([^/]+)/.*[^/]", key, re.DOTALL)
    return match.group(1).lower() if match else None


def _history(kind: str, product_id: str, name: str) -> str:
    """An id can hold any character and have any length; its digest cannot."""
    folder = hashlib.sha256(product_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"history/{kind}/{folder}/{name}"


def history_entries(product_id: str, name: str) -> str:
    """Older entries of a product's history; in the order of names, the oldest first."""
    return _history("entries", product_id, name and f"{name}.json")


def history_values(product_id: str, name: str) -> str:
    """The earlier values of one entry, where they are large."""
    return _history("values", product_id, f"{name}.json")


def enrichment_answer(digest: str) -> str:
    """`digest` covers everything that the answer depends on; see
    `core.enrichment.suggestions.caching`."""
    return f"enrichment/answers/{digest}.json"


@dataclass(frozen=True, slots=True)
class AttemptKeys:
    """The keys that one attempt of every kind of job has, all in the results bucket. Progress is
    read from `plan` and `summaries`."""

    job_id: str
    attempt: int

    @property
    def work(self) -> str:
        return f"work/{self.job_id}/{self.attempt}"

    @property
    def results(self) -> str:
        return f"results/{self.job_id}/{self.attempt}"

    @property
    def definitions(self) -> str:
        """The attribute definitions that the attempt uses."""
        return f"{self.work}/definitions.json"

    @property
    def profiles(self) -> str:
        """The profiles among which the headers of the file choose."""
        return f"{self.work}/profiles.json"

    @property
    def plan(self) -> str:
        return f"{self.work}/plan.json"

    @property
    def chunks(self) -> str:
        return f"{self.work}/chunks.json"

    @property
    def summaries(self) -> str:
        """Prefix of the summaries of all chunks (or batches)."""
        return f"{self.work}/summaries/"

    def summary(self, chunk: int) -> str:
        return f"{self.summaries}{chunk:0{CHUNK_DIGITS}}.json"

    @property
    def result(self) -> str:
        return f"{self.results}/result.json"


@dataclass(frozen=True, slots=True)
class ImportKeys(AttemptKeys):
    """The keys of one attempt of one import job, all in the results bucket."""

    @property
    def repaired(self) -> str:
        return f"{self.work}/repaired.csv"

    def rows(self, chunk: int) -> str:
        return f"{self.work}/rows/{chunk:0{CHUNK_DIGITS}}.arrow"

    def unique_values(self, chunk: int) -> str:
        """The chunk's values that must be unique. For this and the next four, see
        core/imports/uniqueness."""
        return f"{self.work}/unique/{chunk:0{CHUNK_DIGITS}}.parquet"

    def repeats(self, chunk: int) -> str:
        return f"{self.work}/repeats/{chunk:0{CHUNK_DIGITS}}.parquet"

    @property
    def repeated(self) -> str:
        """The chunks that have repeats."""
        return f"{self.work}/repeated.json"

    def taken(self, chunk: int) -> str:
        return f"{self.work}/taken/{chunk:0{CHUNK_DIGITS}}.parquet"

    @property
    def again(self) -> str:
        """The chunks that are validated again."""
        return f"{self.work}/again.json"

    @property
    def all_revalidated(self) -> str:
        """Prefix of the marks of all chunks that were validated again."""
        return f"{self.work}/judged-again/"

    def revalidated(self, chunk: int) -> str:
        """An empty mark, written after the summary. The summary of the second pass replaces that of
        the first, so a listing of summaries cannot distinguish them."""
        return f"{self.all_revalidated}{chunk:0{CHUNK_DIGITS}}"

    def faults(self, chunk: int) -> str:
        return f"{self.work}/faults/{chunk:0{CHUNK_DIGITS}}.ndjson"

    def rejected(self, chunk: int) -> str:
        return f"{self.work}/rejected/{chunk:0{CHUNK_DIGITS}}.csv"

    def changes(self, chunk: int) -> str:
        """The cells that value steps changed."""
        return f"{self.work}/changes/{chunk:0{CHUNK_DIGITS}}.ndjson"

    @property
    def refusal(self) -> str:
        """Why a chunk refused the file."""
        return f"{self.work}/refusal.json"

    @property
    def outcome(self) -> str:
        return f"{self.work}/outcome.json"

    @property
    def all_valid_rows(self) -> str:
        """The prefix of the valid rows."""
        return f"valid-rows/{self.job_id}/{self.attempt}/"

    def part(self, chunk: int, number: int) -> str:
        """Valid rows of a chunk."""
        return f"{self.all_valid_rows}{chunk:0{CHUNK_DIGITS}}-{number:0{CHUNK_DIGITS}}.parquet"

    @property
    def valid_rows(self) -> str:
        """The list of these parts."""
        return f"{self.all_valid_rows}parts.json"

    @property
    def all_products(self) -> str:
        return f"{self.results}/products.ndjson"

    @property
    def all_product_rows(self) -> str:
        return f"{self.results}/products.csv"

    @property
    def all_guarded_rows(self) -> str:
        return f"{self.results}/products-guarded.csv"

    @property
    def all_product_table(self) -> str:
        return f"{self.results}/products.parquet"

    @property
    def all_faults(self) -> str:
        return f"{self.results}/faults.ndjson"

    @property
    def all_rejected(self) -> str:
        return f"{self.results}/rejected.csv"

    @property
    def all_changes(self) -> str:
        return f"{self.results}/changes.ndjson"


@dataclass(frozen=True, slots=True)
class CommitKeys(AttemptKeys):
    """The keys of one attempt of one commit job, all in the results bucket."""

    def repeats(self, chunk: int) -> str:
        return f"{self.work}/repeats/{chunk:0{CHUNK_DIGITS}}.json"

    def batch(self, chunk: int, number: int) -> str:
        """The outcome of one of the chunk's bulk writes."""
        return f"{self.work}/batches/{chunk:0{CHUNK_DIGITS}}/{number:0{CHUNK_DIGITS}}.json"

    def rejected(self, chunk: int) -> str:
        return f"{self.work}/rejected/{chunk:0{CHUNK_DIGITS}}.ndjson"

    @property
    def all_rejected(self) -> str:
        return f"{self.results}/rejected.ndjson"


def product_ids_key(job_id: str) -> str:
    """The products that a job deletes; no attempt changes it."""
    return f"work/{job_id}/product-ids.ndjson"


def acceptance_key(job_id: str) -> str:
    """The suggestions that a commit job saves; no attempt changes it."""
    return f"work/{job_id}/acceptance.json"
