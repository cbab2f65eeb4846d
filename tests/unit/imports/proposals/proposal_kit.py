"""Proposals for a file in memory, and the file judged by them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.attributes.requests import read_draft
from core.clock import now
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.imports.proposals.model import Proposals
from core.imports.proposals.tasks import propose_locally
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, upload_key

SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results")
JOB = str(uuid.UUID(int=17))


def proposed(
    content: bytes,
    name: str = "file.csv",
    *,
    options: ReadingOptions | None = None,
    existing: Sequence[AttributeDefinition] = (),
    **settings: Any,
) -> Proposals | Refusal:
    with TemporaryDirectory() as folder:
        store, source = _stored(folder, content, name)
        return propose_locally(
            store,
            dataclasses.replace(SETTINGS, **settings),
            job_id=JOB,
            source=source,
            options=options or ReadingOptions(),
            existing=existing,
        )


def proposals_for(content: bytes, name: str = "file.csv", **more: Any) -> Proposals:
    found = proposed(content, name, **more)
    assert isinstance(found, Proposals), found
    return found


def judged(content: bytes, proposals: Proposals, name: str = "file.csv") -> ImportOutcome | Refusal:
    """By the attributes that the proposals become, and their options."""
    for proposal in proposals.proposals:
        read_draft(proposal.attribute)
    with TemporaryDirectory() as folder:
        store, source = _stored(folder, content, name)
        return run_import(
            store,
            SETTINGS,
            job_id=JOB,
            attempt=1,
            source=source,
            options=proposals.options,
            definitions=definitions_of(proposals),
            now=now(),
        )


def definitions_of(proposals: Proposals) -> list[AttributeDefinition]:
    """The attributes that they become, sorted by name, as the pipeline freezes them."""
    found = [msgspec.convert(p.attribute, AttributeDefinition) for p in proposals.proposals]
    return sorted(found, key=lambda definition: definition.name)


def _stored(folder: str, content: bytes, name: str) -> tuple[FolderStore, SourceFile]:
    store = FolderStore(Path(folder))
    key = upload_key(JOB, name)
    store.put("uploads", key, content, "text/csv")
    return store, SourceFile(bucket="uploads", key=key, size=len(content), file_name=name)
