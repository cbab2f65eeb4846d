"""What a restart of the local stack loses, in words: the emulator has files in memory unless it was
started with KEEP=true, while the database is always on disk."""

from __future__ import annotations

from collections.abc import Mapping

from core.database import JOBS, connect
from core.settings import Settings


def what_was_lost(jobs: int, *, on_disk: bool) -> str:
    """`on_disk`: the files of a run with KEEP=true are still there, only not in use."""
    many = jobs != 1
    if on_disk:
        return (
            f"The database knows {jobs:,} job{'s' if many else ''} of earlier runs. Files and "
            "results are on disk, and not in use: `make up KEEP=true` has them again."
        )
    return (
        f"The database knows {jobs:,} job{'s' if many else ''} of earlier runs. "
        f"{'Their' if many else 'Its'} uploaded files and results were in the emulator's memory "
        "and are gone; products, attributes and the jobs themselves are kept. "
        "`make up KEEP=true` keeps files and results as well."
    )


def what_down_loses(*, keep: bool) -> str:
    if keep:
        return "Uploaded files, results and the database are kept: make up KEEP=true"
    return (
        "Uploaded files, results and logs of executions were in memory and are gone; products, "
        "attributes and jobs are kept. `make up KEEP=true` keeps all of it."
    )


def jobs_of_former_runs(uri: str, parameters: Mapping[str, str]) -> int:
    database = connect(database_settings(uri, parameters))
    try:
        return database[JOBS].estimated_document_count()
    finally:
        database.client.close()


def database_settings(uri: str, parameters: Mapping[str, str]) -> Settings:
    name = parameters.get("MongodbDatabase", Settings().mongodb_database)
    ca_file = parameters.get("MongodbTlsCaFile", "")
    return Settings(mongodb_uri=uri, mongodb_database=name, mongodb_tls_ca_file=ca_file)
