"""Objects in S3 (or a folder): the only way the domain reads and writes bulk data."""

from core.storage.enrichment_keys import EnrichmentKeys
from core.storage.export_keys import ExportKeys
from core.storage.folder import FolderStore
from core.storage.keys import CommitKeys, ImportKeys, upload_key
from core.storage.objects import ObjectInfo, ObjectStore, ObjectWriter, read_blocks, read_span
from core.storage.pieces import Assembly, ObjectMissing, ObjectShorter, Piece, Span
from core.storage.proposal_keys import ProposalKeys
from core.storage.s3 import S3Store

__all__ = [
    "Assembly",
    "CommitKeys",
    "EnrichmentKeys",
    "ExportKeys",
    "FolderStore",
    "ImportKeys",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectShorter",
    "ObjectStore",
    "ObjectWriter",
    "Piece",
    "ProposalKeys",
    "S3Store",
    "Span",
    "read_blocks",
    "read_span",
    "upload_key",
]
