"""Reading what OpenCommit froze. Apart from its making, which needs numpy."""

from __future__ import annotations

import msgspec

from core.commits.model import CommitPlan
from core.storage import CommitKeys, ObjectStore


def read_plan(store: ObjectStore, bucket: str, keys: CommitKeys) -> CommitPlan:
    """Raises ObjectMissing."""
    return msgspec.json.decode(store.get(bucket, keys.plan), type=CommitPlan)
