"""What one run of a batch checks between its calls: whether its job goes on, and what the job may
still spend.

    check ─▶ share ─▶ calls … ─▶ share is spent, or some time has passed ─▶ note spending ─▶ check

Batches know of each other only by the ledger. So a check grants only a share of the rest, as if all
batches that can run at once were spending, and it is valid for a few calls.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from core.enrichment.jobs.ledger import is_stopped, note_spent, read_ledger
from core.jobs.orders import NOTHING_USED, EnrichmentBudget, Usage
from core.storage import EnrichmentKeys, ObjectStore

CHECK_CALLS = 10
"""The most calls between two checks. Each check also notes what the calls before it cost."""

CHECK_SECONDS = 5.0
"""The longest time between two checks, as calls take seconds. One check is one listing."""


@dataclass(frozen=True, slots=True)
class _Share:
    """What this run may spend before the next check."""

    tokens: float = math.inf
    cost_usd: float = math.inf

    def is_spent(self, used: Usage) -> bool:
        return used.tokens >= self.tokens or used.cost_usd >= self.cost_usd


class BudgetGuard:
    """The guard of one run. `allows` is called before each call, and is not thread-safe."""

    def __init__(
        self,
        store: ObjectStore,
        bucket: str,
        keys: EnrichmentKeys,
        *,
        batch: int,
        turn: int,
        budget: EnrichmentBudget,
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`at_once`: how many batches of the job run at the same time. Makes the first check."""
        self._store, self._bucket, self._keys = store, bucket, keys
        self._batch, self._turn = batch, turn
        self._budget = budget
        self._at_once = max(at_once, 1)
        self._clock = clock
        self._run = uuid.uuid4().hex[:8]  # a repetition of this run writes entries of its own
        self._entries = 0
        self._noted = NOTHING_USED
        self._calls = 0
        self.is_stopped = False
        """The job was cancelled, or a later attempt replaced this one."""
        self._check(NOTHING_USED)

    def allows(self, used: Usage) -> bool:
        """May one more call be made? `used` is the usage of all finished calls of this run."""
        since = used - self._checked_used
        due = self._calls >= CHECK_CALLS or self._clock() - self._checked_at >= CHECK_SECONDS
        if due or self._share.is_spent(since):
            if self._share.is_spent(since) or since.requests:
                self.note(used)
            self._check(used)
        if self.is_stopped or self._share.is_spent(NOTHING_USED):
            return False
        self._calls += 1
        return True

    def note(self, used: Usage) -> None:
        """Write to the ledger what was used since the previous entry."""
        note_spent(
            self._store,
            self._bucket,
            self._keys,
            batch=self._batch,
            turn=self._turn,
            run=f"{self._run}{self._entries:04}",
            usage=used - self._noted,
        )
        self._entries += 1
        self._noted = used

    def _check(self, used: Usage) -> None:
        self._share = _Share()
        if self._budget.is_limited:
            ledger = read_ledger(self._store, self._bucket, self._keys)
            self.is_stopped = ledger.is_stopped
            self._share = self._share_of(ledger.spent)
        else:
            self.is_stopped = is_stopped(self._store, self._bucket, self._keys)
        self._checked_at, self._checked_used, self._calls = self._clock(), used, 0

    def _share_of(self, spent: Usage) -> _Share:
        tokens, cost_usd = self._budget.tokens, self._budget.cost_usd
        return _Share(
            tokens=math.inf if tokens is None else (tokens - spent.tokens) / self._at_once,
            cost_usd=math.inf if cost_usd is None else (cost_usd - spent.cost_usd) / self._at_once,
        )
