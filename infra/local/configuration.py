"""The configuration of the local stack, from the environment (or `make up NAME=value`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.imports.sizing import TARGET_CHUNKS_ON_ONE_MACHINE
from infra.errors import LauncherError
from infra.local.local_model import SET_BY_A_LOCAL_MODEL, LocalModel, read_local_model
from infra.local.parameters import check_parameters
from infra.staging import ROOT

HOST = "127.0.0.1"
REGION = "us-east-1"
STACK_NAME = "product-portal"

# Below the range that Linux and macOS take outgoing connections' ports from.
DEFAULT_AWS_PORT = 24566
DEFAULT_MONGODB_PORT = 24017

TEMPLATE_PARAMETERS: Mapping[str, str] = {
    "ALLOWED_ORIGINS": "AllowedOrigins",
    "MONGODB_DATABASE": "MongodbDatabase",
    "MONGODB_TLS_CA_FILE": "MongodbTlsCaFile",
    "CHUNK_TARGET_BYTES": "ChunkTargetBytes",
    "CHUNK_TARGET_ROWS": "ChunkTargetRows",
    "TARGET_CHUNK_COUNT": "TargetChunkCount",
    "CHUNK_LARGEST_BYTES": "ChunkLargestBytes",
    "INLINE_MAP_MAX_CHUNKS": "InlineMapMaxChunks",
    "INLINE_MAX_CONCURRENCY": "InlineMaxConcurrency",
    "DISTRIBUTED_MAX_CONCURRENCY": "DistributedMaxConcurrency",
    "COMMIT_CHUNK_BYTES": "CommitChunkBytes",
    "COMMIT_MAX_CONCURRENCY": "CommitMaxConcurrency",
    "EXPORT_MAX_CONCURRENCY": "ExportMaxConcurrency",
    "IMPORTS_AT_ONCE": "ImportsAtOnce",
    "SMALL_IMPORTS_AT_ONCE": "SmallImportsAtOnce",
    "SMALL_IMPORT_BYTES": "SmallImportBytes",
    "RESTARTS_AT_ONCE": "RestartsAtOnce",
    "MAX_JOBS_PER_REPROCESSING": "MaxJobsPerReprocessing",
    "STALLED_AFTER_SECONDS": "StalledAfterSeconds",
    "ENRICHMENT_PROVIDER": "EnrichmentProvider",
    "ENRICHMENT_MODEL": "EnrichmentModel",
    "OPENAI_BASE_URL": "OpenaiBaseUrl",
    "ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS": "EnrichmentInputUsdPerMillionTokens",
    "ENRICHMENT_OUTPUT_USD_PER_MILLION_TOKENS": "EnrichmentOutputUsdPerMillionTokens",
    "ENRICHMENT_IMAGE_HOSTS": "EnrichmentImageHosts",
    "ENRICHMENT_TIMEOUT_SECONDS": "EnrichmentTimeoutSeconds",
    "ENRICHMENT_CALLS_IN_FLIGHT": "EnrichmentCallsInFlight",
    "ENRICH_MAX_CONCURRENCY": "EnrichMaxConcurrency",
    "ENRICHMENT_PRODUCTS_PER_CALL": "EnrichmentProductsPerCall",
    "ENRICHMENT_BATCH_PRODUCTS": "EnrichmentBatchProducts",
    "ENRICHMENT_REQUESTS_PER_MINUTE": "EnrichmentRequestsPerMinute",
    "MAX_ENRICHMENT_PRODUCTS": "MaxEnrichmentProducts",
    "ENRICHMENT_TOKENS_PER_DAY": "EnrichmentTokensPerDay",
    "ENRICHMENT_USD_PER_DAY": "EnrichmentUsdPerDay",
    "JOBS_AT_ONCE_PER_CALLER": "JobsAtOncePerCaller",
    "ENRICHMENT_MAX_WAITS": "EnrichmentMaxWaits",
    "ENRICHMENT_MAX_WAIT_SECONDS": "EnrichmentMaxWaitSeconds",
    "ENRICHMENT_MAX_OUTPUT_TOKENS": "EnrichmentMaxOutputTokens",
    "ENRICHMENT_MAX_CONTEXT_CHARACTERS": "EnrichmentMaxContextCharacters",
    "MAX_UPLOAD_BYTES": "MaxUploadBytes",
    "MAX_WORKBOOK_BYTES": "MaxWorkbookBytes",
    "MAX_WORKBOOK_UNZIPPED_BYTES": "MaxWorkbookUnzippedBytes",
    "MAX_WORKBOOK_CELLS": "MaxWorkbookCells",
    "MAX_RECORD_BYTES": "MaxRecordBytes",
    "MAX_COLUMNS": "MaxColumns",
    "MAX_COMMIT_ROWS": "MaxCommitRows",
    "MAX_EXPORT_PRODUCTS": "MaxExportProducts",
    "RESULT_MAX_BYTES": "ResultMaxBytes",
    "RESULT_FILES_MAX_ROWS": "ResultFilesMaxRows",
    "RESULT_FILES_MAX_BYTES": "ResultFilesMaxBytes",
    "MAX_PRODUCTS_PER_CALL": "MaxProductsPerCall",
    "ACCEPTED_PRODUCTS_PER_CALL": "AcceptedProductsPerCall",
    "SHORT_TEXT_MAX_CHARACTERS": "ShortTextMaxCharacters",
    "LONG_TEXT_MAX_CHARACTERS": "LongTextMaxCharacters",
    "MAX_LIST_VALUES": "MaxListValues",
    "MAX_OPTIONS_PER_ATTRIBUTE": "MaxOptionsPerAttribute",
    "MAX_ATTRIBUTES_PER_PRODUCT": "MaxAttributesPerProduct",
    "MAX_PRODUCT_BYTES": "MaxProductBytes",
}
"""Environment variable → parameter of infra/template.yaml that it sets on the local stack."""

LOCAL_DEFAULTS: Mapping[str, str] = {
    # The emulator starts one process of 65 MB per concurrent invocation, without any cap.
    "InlineMaxConcurrency": "4",
    "DistributedMaxConcurrency": "4",
    "CommitMaxConcurrency": "2",
    "ExportMaxConcurrency": "2",
    "EnrichMaxConcurrency": "2",
    "ImportsAtOnce": "2",
    "SmallImportsAtOnce": "4",
    "TargetChunkCount": str(TARGET_CHUNKS_ON_ONE_MACHINE),
    # The database is an engine of this machine, and the launcher creates its indexes.
    "DatabaseKind": "existing",
    "MakesIndexes": "false",
    # No account, no key, whatever the template's default becomes.
    "EnrichmentProvider": "offline",
}


@dataclass(frozen=True, slots=True)
class Port:
    """A port to listen on. One that the user named is taken or refused, never replaced."""

    setting: str
    number: int
    """0 means any free port."""
    named: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    state: Path
    """Folder of everything that a run leaves behind: logs, data, results, stack.json."""
    aws_port: Port
    mongodb_port: Port
    mongodb_uri: str | None
    """A server of the user's own; None starts the embedded one."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the template, local defaults included."""
    model_key: str | None = field(default=None, repr=False)
    """Of the provider of suggestions; goes into the emulator's Secrets Manager alone."""
    auth: bool = False
    """Functions are restricted to the policies of the template."""
    keep: bool = False
    """Files, results and the services' state outlive the emulator, on disk; imports are slower."""
    functions_endpoint: str | None = None
    """Where the functions reach the AWS services, if not at the emulator itself: tests put a proxy
    between the two."""
    login: bool = False
    """The API requires tokens of the emulator's Cognito; otherwise it is open, on the loopback."""

    local_model: LocalModel | None = None
    """Serve it, and let the functions ask it."""

    @property
    def stack_file(self) -> Path:
        return self.state / "stack.json"

    @property
    def users_file(self) -> Path:
        return self.state / "users.json"

    @property
    def results(self) -> Path:
        return self.state / "results"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Configuration:
        """Raises LauncherError, naming the variable, for a value that cannot be."""
        source = os.environ if environment is None else environment
        local_model = read_local_model(source)
        parameters = dict(LOCAL_DEFAULTS) | (local_model.parameters() if local_model else {})
        for variable, parameter in TEMPLATE_PARAMETERS.items():
            if local_model is not None and variable in SET_BY_A_LOCAL_MODEL:
                continue
            if value := source.get(variable, "").strip():
                parameters[parameter] = value
        check_parameters(parameters, TEMPLATE_PARAMETERS)
        return cls(
            state=Path(source.get("LOCAL_STATE") or ROOT / ".local").absolute(),
            aws_port=_port(source, "AWS_PORT", DEFAULT_AWS_PORT),
            mongodb_port=_port(source, "MONGODB_PORT", DEFAULT_MONGODB_PORT),
            mongodb_uri=source.get("MONGODB_URI", "").strip() or None,
            parameters=parameters,
            model_key=_model_key(source, parameters),
            auth=_switch(source, "AUTH"),
            keep=_switch(source, "KEEP"),
            login=_switch(source, "LOGIN"),
            local_model=local_model,
        )


def _model_key(source: Mapping[str, str], parameters: Mapping[str, str]) -> str | None:
    """Only where it is meant for us: many shells export one for other programs."""
    if parameters["EnrichmentProvider"] != "openai" or read_local_model(source) is not None:
        return None
    return source.get("OPENAI_API_KEY", "").strip() or None


def _switch(source: Mapping[str, str], setting: str) -> bool:
    text = source.get(setting, "").strip()
    if text not in ("", "true", "false"):
        raise LauncherError(f"{setting} must be true or false, not {text!r}.")
    return text == "true"


def _port(source: Mapping[str, str], setting: str, default: int) -> Port:
    text = source.get(setting, "").strip()
    if not text:
        return Port(setting, default, named=False)
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise LauncherError(f"{setting} must be a port number from 1 to 65535, not {text!r}.")
    return Port(setting, int(text), named=int(text) != 0)
