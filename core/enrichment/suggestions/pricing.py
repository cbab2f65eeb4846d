"""Converts tokens to cost by the configured prices, and checks a budget of tokens or cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.enrichment.providers.interface import Tokens
from core.jobs.orders import COST_DECIMALS, NOTHING_USED, Usage
from core.settings import Settings

TOKENS_PER_PRICE = 1_000_000
"""Prices are per million tokens."""


def cost_usd(tokens: Tokens, settings: Settings) -> float:
    amount = (
        tokens.input * settings.enrichment_input_usd_per_million_tokens
        + tokens.output * settings.enrichment_output_usd_per_million_tokens
    )
    return round(amount / TOKENS_PER_PRICE, COST_DECIMALS)


def has_prices(settings: Settings) -> bool:
    return (
        settings.enrichment_input_usd_per_million_tokens > 0
        or settings.enrichment_output_usd_per_million_tokens > 0
    )


def is_costless(settings: Settings) -> bool:
    """Is the configured provider free, so that every budget of money holds?"""
    return settings.enrichment_provider in ("", "offline")


def usage_of_call(tokens: Tokens, settings: Settings) -> Usage:
    """The usage of one request."""
    return Usage(
        requests=1,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cost_usd=cost_usd(tokens, settings),
    )


class Allowance(Protocol):
    """A budget that is checked before each call."""

    def allows(self, used: Usage) -> bool:
        """May one more call be made after `used` in this batch?"""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of usage. Checked before each call. Calls in flight are finished, so it can be
    exceeded by `enrichment_calls_in_flight` calls."""

    max_tokens: int | None = None
    """Input and output together."""
    max_cost_usd: float | None = None
    """Only if prices are configured; `requests.py` refuses it otherwise."""
    spent: Usage = NOTHING_USED
    """Used before this batch."""

    def allows(self, used: Usage) -> bool:
        """May one more call be made after `used` in this batch?"""
        total = self.spent + used
        return not (
            (self.max_tokens is not None and total.tokens >= self.max_tokens)
            or (self.max_cost_usd is not None and total.cost_usd >= self.max_cost_usd)
        )


NO_BUDGET = Budget()
"""No limits."""
