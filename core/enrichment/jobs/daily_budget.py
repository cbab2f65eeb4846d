"""What all requests for suggestions together may spend in a day (UTC), whatever each one names.

A request reserves before it spends, and settles with what it really spent. Days are documents of
their own, changed by compare-and-set, so requests at one moment never get more than is left:

    {_id: "2026-03-01", revision, tokens, nanoUsd, reserved: [{name, tokens, nanoUsd, job?}]}

A call settles when it has its answer. If it never does, its reservation counts as spent. A job
reserves when it is opened. It is settled by the first request after its end, from its ledger, so
that a job that was cancelled or stopped needs no state that does so. A job that was cancelled
keeps only what its last calls can cost: whoever starts jobs and cancels them takes nothing from
others. Calls to a model that are under way when the limit is reached are finished, so it can be
passed by `enrich_max_concurrency` × `enrichment_calls_in_flight` calls.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.database import ENRICHMENT_DAYS, collection_of
from core.enrichment.jobs.budget_guard import CHECK_CALLS
from core.enrichment.jobs.ledger import NANO, is_stopped, read_ledger
from core.enrichment.suggestions.pricing import TOKENS_PER_PRICE, is_costless
from core.errors import TooManyRequests
from core.jobs.ceiling import late_calls_of_stopped
from core.jobs.orders import EnrichmentBudget, Usage
from core.jobs.records import JobRecord, JobStatus
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectStore
from core.wording import can_be_raised

CODE = "DAILY_BUDGET_SPENT"

LATE_ENTRIES = timedelta(minutes=16)
"""How long after the end of its job a batch without a stop signal can still record calls: Lambda
ends it after 15 minutes."""

TRIES_PER_PRODUCT = 2
"""A wrong answer is requested once more."""

INSTRUCTION_TOKENS = 4_000
"""Of one prompt, beside the product's values."""

_TRIES = 50


class _Amount(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tokens: int = 0
    nano_usd: int = 0

    def __add__(self, other: _Amount) -> _Amount:
        return _Amount(tokens=self.tokens + other.tokens, nano_usd=self.nano_usd + other.nano_usd)


class _Reservation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    tokens: int
    nano_usd: int
    job_id: str | None = None
    attempt: int = 0
    before: _Amount = _Amount()
    """Spent by earlier attempts of the job."""

    @property
    def amount(self) -> _Amount:
        return _Amount(tokens=self.tokens, nano_usd=self.nano_usd)


class _Day(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str = msgspec.field(name="_id")
    revision: int = 0
    tokens: int = 0
    nano_usd: int = 0
    reserved: tuple[_Reservation, ...] = ()

    @property
    def taken(self) -> _Amount:
        spent = _Amount(tokens=self.tokens, nano_usd=self.nano_usd)
        return sum((each.amount for each in self.reserved), spent)

    def found(self, name: str) -> _Reservation | None:
        return next((each for each in self.reserved if each.name == name), None)

    def settled(self, reservation: _Reservation, spent: _Amount) -> _Day:
        return msgspec.structs.replace(
            self,
            tokens=self.tokens + spent.tokens,
            nano_usd=self.nano_usd + spent.nano_usd,
            reserved=tuple(each for each in self.reserved if each.name != reservation.name),
        )

    def holding_at_most(self, reservation: _Reservation, most: _Amount) -> _Day:
        less = msgspec.structs.replace(
            reservation,
            tokens=min(reservation.tokens, most.tokens),
            nano_usd=min(reservation.nano_usd, most.nano_usd),
        )
        reserved = tuple(less if r.name == less.name else r for r in self.reserved)
        return msgspec.structs.replace(self, reserved=reserved)


class DailyBudget:
    def __init__(
        self, database: Database[dict[str, Any]], store: ObjectStore, settings: Settings
    ) -> None:
        self._days = collection_of(database, ENRICHMENT_DAYS)
        self._jobs = JobRepository(database)
        self._store, self._settings = store, settings
        self._tokens: int = settings.enrichment_tokens_per_day
        self._nano_usd = round(settings.enrichment_usd_per_day * NANO)
        self.is_limited = bool(self._tokens or self._nano_usd) and not is_costless(settings)

    def refuse_when_spent(self, now: datetime) -> None:
        """Raises TooManyRequests `DAILY_BUDGET_SPENT`."""
        if self.is_limited:
            self._change(now, lambda day: self._with_ended_settled(day, now))
            self._left(self._day(now), now)

    def reserve_call(
        self, name: str, own: EnrichmentBudget, products: int, now: datetime
    ) -> EnrichmentBudget:
        """The budget of a call: its own, or less if less is left. Raises as
        `refuse_when_spent`."""
        if not self.is_limited:
            return own
        granted = self._reserve(name, own, products, now)
        return _smaller(own, self._as_budget(granted.amount))

    def settle_call(self, name: str, spent: Usage, now: datetime) -> None:
        """`now` is the moment of its reservation, which names its day. Safe to repeat."""
        if not self.is_limited:
            return

        def settled(day: _Day) -> _Day:
            reservation = day.found(name)
            return day if reservation is None else day.settled(reservation, _amount(spent))

        self._change(now, settled)

    def reserve_job(
        self, job_id: str, attempt: int, own: EnrichmentBudget, products: int, now: datetime
    ) -> EnrichmentBudget:
        """The budget of a job over all its attempts, as `reserve_call`. Repeated for an attempt, it
        returns the same."""
        if not self.is_limited:
            return own
        name = f"{job_id}/{attempt}"
        granted = self._reserve(name, own, products, now, job_id=job_id, attempt=attempt)
        return _smaller(own, self._as_budget(granted.before + granted.amount))

    def _reserve(
        self,
        name: str,
        own: EnrichmentBudget,
        products: int,
        now: datetime,
        *,
        job_id: str | None = None,
        attempt: int = 0,
    ) -> _Reservation:
        before = _Amount() if job_id is None else self._spent_by(job_id)

        def reserved(day: _Day) -> _Day:
            if day.found(name) is not None:
                return day
            day = self._with_ended_settled(day, now)
            left = self._left(day, now)
            tokens = min(left.tokens, products * TRIES_PER_PRODUCT * self._most_of_a_call())
            nano_usd = left.nano_usd
            if own.tokens is not None:
                tokens = min(tokens, max(own.tokens - before.tokens, 0))
            if own.cost_usd is not None:
                nano_usd = min(nano_usd, max(round(own.cost_usd * NANO) - before.nano_usd, 0))
            granted = _Reservation(
                name=name,
                tokens=tokens if self._tokens else 0,
                nano_usd=nano_usd if self._nano_usd else 0,
                job_id=job_id,
                attempt=attempt,
                before=before,
            )
            return msgspec.structs.replace(day, reserved=(*day.reserved, granted))

        day = self._change(now, reserved)
        return next(each for each in day.reserved if each.name == name)

    def _most_of_a_call(self) -> int:
        known = self._settings
        values = known.enrichment_max_context_characters
        return values + known.enrichment_max_output_tokens + INSTRUCTION_TOKENS

    def _left(self, day: _Day, now: datetime) -> _Amount:
        """What can be reserved. Raises TooManyRequests `DAILY_BUDGET_SPENT`."""
        taken = day.taken
        left = _Amount(tokens=self._tokens - taken.tokens, nano_usd=self._nano_usd - taken.nano_usd)
        tokens_spent = self._tokens and left.tokens <= 0
        money_spent = self._nano_usd and left.nano_usd <= 0
        if not (tokens_spent or money_spent):
            return left
        raise TooManyRequests(
            CODE,
            daily_budget_spent(bool(day.reserved)),
            [
                {
                    "tokensPerDay": self._tokens or None,
                    "tokensTaken": taken.tokens,
                    "usdPerDay": self._nano_usd / NANO or None,
                    "usdTaken": taken.nano_usd / NANO,
                }
            ],
            retry_after_seconds=_seconds_left(now),
        )

    def _as_budget(self, amount: _Amount) -> EnrichmentBudget:
        return EnrichmentBudget(
            tokens=amount.tokens if self._tokens else None,
            cost_usd=amount.nano_usd / NANO if self._nano_usd else None,
        )

    def _with_ended_settled(self, day: _Day, now: datetime) -> _Day:
        for reservation in day.reserved:
            if reservation.job_id is None:
                continue
            job = self._jobs.get(reservation.job_id)
            stopped = job is not None and job.is_cancelled and self._is_stopped(reservation)
            ended = _has_ended(job, reservation, now, self._late_entries(stopped))
            if not (ended or stopped):
                continue
            total, before = self._spent_by(reservation.job_id), reservation.before
            spent = _Amount(
                tokens=max(total.tokens - before.tokens, 0),
                nano_usd=max(total.nano_usd - before.nano_usd, 0),
            )
            if ended:
                day = day.settled(reservation, spent)
            else:
                day = day.holding_at_most(reservation, spent + self._last_calls())
        return day

    def _is_stopped(self, reservation: _Reservation) -> bool:
        keys = EnrichmentKeys(reservation.job_id or "", reservation.attempt)
        return is_stopped(self._store, self._settings.results_bucket, keys)

    def _late_entries(self, stopped: bool) -> timedelta:
        """How long after the end of its job a batch can still record calls."""
        if not stopped:
            return LATE_ENTRIES
        return late_calls_of_stopped(self._settings)

    def _last_calls(self) -> _Amount:
        """The most that calls in flight can cost when a job's batches get the stop signal."""
        known = self._settings
        calls = known.enrich_max_concurrency * (CHECK_CALLS + known.enrichment_calls_in_flight)
        dearest = max(
            known.enrichment_input_usd_per_million_tokens,
            known.enrichment_output_usd_per_million_tokens,
        )
        tokens = calls * self._most_of_a_call()
        return _Amount(tokens=tokens, nano_usd=round(tokens * dearest / TOKENS_PER_PRICE * NANO))

    def _spent_by(self, job_id: str) -> _Amount:
        keys = EnrichmentKeys(job_id, 1)  # the ledger is the same for all attempts
        return _amount(read_ledger(self._store, self._settings.results_bucket, keys).spent)

    def _day(self, now: datetime) -> _Day:
        name = _name_of(now)
        found = self._days.find_one({"_id": name})
        return _Day(id=name) if found is None else msgspec.convert(found, _Day)

    def _change(self, now: datetime, change: Callable[[_Day], _Day]) -> _Day:
        """Compare-and-set; `change` may run several times. Returns the day as it then is."""
        for _ in range(_TRIES):
            seen = self._day(now)
            changed = change(seen)
            if changed == seen:
                return seen
            document = msgspec.to_builtins(changed)
            document["revision"] = seen.revision + 1
            try:
                result = self._days.replace_one(
                    {"_id": seen.id, "revision": seen.revision},
                    document,
                    upsert=seen.revision == 0,
                )
            except DuplicateKeyError:
                result = None  # another request wrote the first entry of the day
            if result is not None and (result.matched_count or result.upserted_id is not None):
                return changed
            time.sleep(random.uniform(0.005, 0.05))
        raise TooManyRequests(
            CODE,
            "Too many requests for suggestions at once; try again in a few seconds.",
            retry_after_seconds=5,
        )


def daily_budget_spent(is_reserved: bool) -> str:
    held = ", or is reserved by what runs now" if is_reserved else ""
    return (
        f"The budget for suggestions of this day is spent{held}. Try again after midnight UTC. "
        f"{can_be_raised('enrichment_tokens_per_day', 'enrichment_usd_per_day')}"
    )


def _has_ended(
    job: JobRecord | None, reservation: _Reservation, now: datetime, late_entries: timedelta
) -> bool:
    """Nothing more can be recorded against the reservation: `late_entries` is how long after the
    end of a job its last calls may still be."""
    if job is None or job.attempt > reservation.attempt:
        return True
    if not job.is_final:
        return False
    if job.status is not JobStatus.FAILED or (job.usage is not None and not job.is_cancelled):
        return True  # all its batches were done
    return job.finished_at is None or now - job.finished_at > late_entries


def _amount(usage: Usage) -> _Amount:
    return _Amount(tokens=usage.tokens, nano_usd=round(usage.cost_usd * NANO))


def _smaller(one: EnrichmentBudget, other: EnrichmentBudget) -> EnrichmentBudget:
    return EnrichmentBudget(
        tokens=min((t for t in (one.tokens, other.tokens) if t is not None), default=None),
        cost_usd=min((c for c in (one.cost_usd, other.cost_usd) if c is not None), default=None),
    )


def _name_of(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _seconds_left(now: datetime) -> int:
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return int((tomorrow - now).total_seconds()) + 1
