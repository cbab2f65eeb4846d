"""The clients and settings of a function, created once per process on first use.

The only place where clients are created. Each accessor imports what it needs when it is called, so
that a function without a database never loads the driver, and one without a queue no SQS client.
"""

from __future__ import annotations

import dataclasses
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from core.settings import Settings
from core.storage import S3Store
from core.storage.direct_uploads import DirectUploads
from handlers.clients import (
    ImportQueue,
    IndexFunction,
    Secret,
    StateMachine,
    SuggestFunction,
    VerifyFunction,
)

if TYPE_CHECKING:
    from pymongo.database import Database

    from core.cursors import CursorSigner
    from core.database_login import DatabaseBySecret
    from core.enrichment.providers.interface import Provider
    from core.identity.tokens import TokenVerifier
    from core.jobs.records import JobType

CLIENT_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 3},
)

S3_CONFIG = CLIENT_CONFIG.merge(
    Config(
        # Presigned URLs of the older signature are neither checked by every engine nor accepted
        # in every region; and only the virtual style is signed for the bucket's own region
        # instead of the global endpoint, whose redirect a browser's preflight cannot follow.
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        max_pool_connections=32,  # results are put together by so many requests at once
    )
)


INVOKE_CONFIG = Config(connect_timeout=3, read_timeout=26, retries={"total_max_attempts": 1})
"""A repeated call would send, and pay for, its requests again. It returns after some 22 s, and API
Gateway waits for 29."""


@cache
def settings() -> Settings:
    return Settings.from_environment()


@cache
def _s3() -> Any:
    return boto3.client("s3", config=S3_CONFIG)


@cache
def store() -> S3Store:
    return S3Store(_s3())


@cache
def direct_uploads() -> DirectUploads:
    return DirectUploads(_s3())


def database() -> Database[dict[str, Any]]:
    """The database, with a valid login. Call this for each request, since a login in a secret may
    change."""
    if settings().mongodb_secret_arn:
        return _database_by_secret().get()
    return _database_by_uri()


def patient_database(socket_timeout_ms: int) -> Database[dict[str, Any]]:
    """A client of its own for a single call, whose answers may take so long: building an index."""
    from core.database import connect
    from core.database_login import uri_of

    known = settings()
    if known.mongodb_secret_arn:
        secret = Secret(_secrets(), known.mongodb_secret_arn).read()
        known = dataclasses.replace(known, mongodb_uri=uri_of(secret, known.mongodb_host))
    return connect(known, socket_timeout_ms=socket_timeout_ms)


@cache
def _database_by_uri() -> Database[dict[str, Any]]:
    from core.database import connect

    return connect(settings())


@cache
def _database_by_secret() -> DatabaseBySecret:
    from core.database import connect
    from core.database_login import DatabaseBySecret, uri_of

    secret = Secret(_secrets(), settings().mongodb_secret_arn)
    return DatabaseBySecret(
        read_uri=lambda: uri_of(secret.read(), settings().mongodb_host),
        connect=lambda uri: connect(dataclasses.replace(settings(), mongodb_uri=uri)),
    )


def cursor_signer() -> CursorSigner:
    """Signs by its own secret, or else by the connection string, wherever that comes from."""
    from core.cursors import CursorSigner

    known = settings()
    if known.mongodb_secret_arn and not known.cursor_secret:
        known = dataclasses.replace(known, mongodb_uri=_database_by_secret().uri)
    return CursorSigner(known)


@cache
def _secrets() -> Any:
    return boto3.client("secretsmanager", config=CLIENT_CONFIG)


@cache
def queue() -> ImportQueue:
    return ImportQueue(boto3.client("sqs", config=CLIENT_CONFIG), settings().import_queue_url)


@cache
def state_machine() -> StateMachine:
    return StateMachine(
        boto3.client("stepfunctions", config=CLIENT_CONFIG), settings().import_state_machine_arn
    )


@cache
def commit_machine() -> StateMachine:
    return StateMachine(
        boto3.client("stepfunctions", config=CLIENT_CONFIG), settings().commit_state_machine_arn
    )


@cache
def enrich_machine() -> StateMachine:
    return StateMachine(
        boto3.client("stepfunctions", config=CLIENT_CONFIG), settings().enrich_state_machine_arn
    )


@cache
def reprocess_machine() -> StateMachine:
    return StateMachine(
        boto3.client("stepfunctions", config=CLIENT_CONFIG), settings().reprocess_state_machine_arn
    )


@cache
def export_machine() -> StateMachine:
    return StateMachine(
        boto3.client("stepfunctions", config=CLIENT_CONFIG), settings().export_state_machine_arn
    )


@cache
def proposal_machine() -> StateMachine:
    return StateMachine(
        boto3.client("stepfunctions", config=CLIENT_CONFIG), settings().proposal_state_machine_arn
    )


def machines() -> dict[JobType, StateMachine]:
    """The machine of every kind of job."""
    from core.jobs.records import JobType

    return {
        JobType.IMPORT: state_machine(),
        JobType.COMMIT: commit_machine(),
        JobType.DELETION: commit_machine(),
        JobType.ENRICHMENT: enrich_machine(),
        JobType.REPROCESSING: reprocess_machine(),
        JobType.EXPORT: export_machine(),
        JobType.PROPOSAL: proposal_machine(),
    }


@cache
def suggest_function() -> SuggestFunction:
    client = boto3.client("lambda", config=INVOKE_CONFIG)
    return SuggestFunction(client, settings().suggest_values_function)


@cache
def verify_function() -> VerifyFunction:
    client = boto3.client("lambda", config=CLIENT_CONFIG)
    return VerifyFunction(client, settings().verify_token_function)


@cache
def index_function() -> IndexFunction:
    return IndexFunction(boto3.client("lambda", config=CLIENT_CONFIG), _own_name())


def _own_name() -> str:
    """Of the running function; Lambda sets the variable."""
    return os.environ["AWS_LAMBDA_FUNCTION_NAME"]


@cache
def token_verifier() -> TokenVerifier:
    """Checks tokens, in the one function that can reach the issuer."""
    from core.identity.signing_keys import SigningKeys, keys_of_issuer
    from core.identity.tokens import TokenVerifier

    return TokenVerifier(settings(), SigningKeys(lambda: keys_of_issuer(settings())))


@cache
def provider() -> Provider:
    """Who suggests values. Its key is fetched when it is first needed, and kept in this process
    alone."""
    from core.enrichment.providers.factory import create_provider

    return create_provider(settings(), _model_key, _bedrock)


@cache
def _bedrock() -> Any:
    # one try: a call that is made again is paid for again, and the provider's pace is ours to keep
    config = Config(
        connect_timeout=3,
        read_timeout=settings().enrichment_timeout_seconds,
        retries={"total_max_attempts": 1},
    )
    return boto3.client("bedrock-runtime", config=config)


def _model_key() -> str | None:
    arn = settings().enrichment_secret_arn
    if not arn:
        return None
    return Secret(_secrets(), arn).read().strip() or None


def forget() -> None:
    """Forget every client, as a new process would. For tests, which change the environment."""
    for accessor in (
        *(settings, _s3, store, direct_uploads, queue, _secrets),
        *(_database_by_uri, _database_by_secret),
        *(state_machine, commit_machine, enrich_machine, reprocess_machine, export_machine),
        proposal_machine,
        *(suggest_function, provider, _bedrock),
        *(verify_function, token_verifier, index_function),
    ):
        accessor.cache_clear()
