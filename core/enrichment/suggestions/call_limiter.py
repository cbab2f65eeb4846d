"""The limits that the calls of one batch share: time, budget, pauses, and the reason to stop."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable

from core.enrichment.model import Failure, FailureCode
from core.enrichment.suggestions.pricing import Allowance
from core.jobs.orders import Usage
from core.settings import Settings

MIN_CALL_SECONDS = 2.0
"""With less time left, no call is started: it would be paid for and lost."""

DEFAULT_WAIT_SECONDS = 20.0
"""After a 429 without a time to wait; most limits are per minute."""

MAX_PAUSES = 3
"""How many times in a row a batch itself waits for a provider that throttles."""

OUTAGE_PRODUCTS = 3
"""How many products in a row without an answer mean that the provider is unavailable, and not that
the products are at fault."""

OUTAGE_CODES = frozenset({FailureCode.PROVIDER_UNAVAILABLE, FailureCode.PROVIDER_TIMED_OUT})


class CallLimiter:
    """Thread-safe. `clock` and `sleep` are in seconds; tests pass in their own."""

    def __init__(
        self,
        settings: Settings,
        budget: Allowance,
        time_seconds: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        seconds_between_calls: float = 0.0,
        stops_in_outage: bool = False,
    ) -> None:
        self._settings = settings
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._ends_at = math.inf if time_seconds is None else clock() + time_seconds
        self._between = seconds_between_calls
        # the first call waits too: the previous batch may have made a call just now
        self._next_at = clock() + seconds_between_calls
        self._stops_in_outage = stops_in_outage
        self._outages = 0
        self._paused_until = -math.inf
        self._pauses = 0
        self._used = Usage()
        self.stopped: FailureCode | None = None
        self.wait_seconds = 0
        self.failure: Failure | None = None
        """A failure that affects every call; no more calls are made."""

    def begin_call(self) -> float | None:
        """Wait for the end of a pause, and return the seconds that a call may take. None if no more
        calls may be made; `stopped` or `failure` says why."""
        while True:
            with self._lock:
                if self.stopped is not None or self.failure is not None:
                    return None
                now = self._clock()
                if self._ends_at - now < MIN_CALL_SECONDS:
                    self.stopped = FailureCode.OUT_OF_TIME
                    return None
                if not self._budget.allows(self._used):
                    self.stopped = FailureCode.BUDGET_EXHAUSTED
                    return None
                pause = max(self._paused_until, self._next_at) - now
                if now + pause > self._ends_at - MIN_CALL_SECONDS:
                    self.stopped = FailureCode.OUT_OF_TIME  # a pause would outlast the batch
                    return None
                if pause <= 0:
                    self._next_at = now + self._between
                    return min(self._settings.enrichment_timeout_seconds, self._ends_at - now)
            self._sleep(pause)

    @property
    def spent(self) -> Usage:
        """By all finished calls, failed ones included."""
        with self._lock:
            return self._used

    def answered(self, usage: Usage) -> None:
        with self._lock:
            self._used += usage
            self._pauses = self._outages = 0

    def used(self, usage: Usage) -> None:
        """Count the usage of a failed call."""
        with self._lock:
            self._used += usage

    def throttled(self, retry_after_seconds: float | None) -> None:
        """Pause the calls, or stop them and set how long to wait."""
        with self._lock:
            now = self._clock()
            if now < self._paused_until or self.stopped is not None:
                return  # another call has reported the same limit
            if retry_after_seconds is None:
                wait = (2.0**self._pauses) * random.uniform(1, 2)
            else:
                wait = max(retry_after_seconds, 0.1)
            self._pauses += 1
            is_short = wait <= self._settings.enrichment_max_wait_seconds
            if is_short and self._pauses <= MAX_PAUSES and now + wait < self._ends_at:
                self._paused_until = now + wait
                return
            self.wait_seconds = math.ceil(
                DEFAULT_WAIT_SECONDS if retry_after_seconds is None else wait
            )
            self._stop(FailureCode.PROVIDER_THROTTLED)

    def unavailable(self) -> None:
        """Count a product without an answer; several in a row are an outage."""
        with self._lock:
            self._outages += 1
            if self._stops_in_outage and self._outages >= OUTAGE_PRODUCTS:
                self._stop(FailureCode.PROVIDER_UNAVAILABLE)

    def rest(self, seconds: float) -> None:
        """Sleep before a retry."""
        self._sleep(seconds)

    def is_cut_short(self, timeout_seconds: float) -> bool:
        """Did a call have less than the usual time, because the batch must end?"""
        return timeout_seconds < self._settings.enrichment_timeout_seconds

    def stop(self, code: FailureCode) -> None:
        with self._lock:
            self._stop(code)

    def fail(self, failure: Failure) -> None:
        """Stop with a failure that affects every call."""
        with self._lock:
            self.failure = failure

    def _stop(self, code: FailureCode) -> None:
        self.stopped = self.stopped or code
