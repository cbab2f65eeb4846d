"""Tokens into money, by the configured price list; and a budget of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.enrichment.providers.interface import Tokens
from core.jobs.orders import COST_DECIMALS, NOTHING_USED, Usage
from core.settings import Settings

TOKENS_PER_PRICE = 1_000_000
"""Price lists name the price of a million tokens."""


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
    """The configured provider takes no money, so a budget of money is kept in any case."""
    return settings.enrichment_provider in ("", "offline")


def usage_of_call(tokens: Tokens, settings: Settings) -> Usage:
    """Of one request."""
    return Usage(
        requests=1,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cost_usd=cost_usd(tokens, settings),
    )


class Allowance(Protocol):
    """Who is asked before each call."""

    def allows(self, used: Usage) -> bool:
        """May one more call be made after `used` in this batch?"""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be used. Checked before each call: calls under way are finished, so it can be
    exceeded by `enrichment_calls_in_flight` calls."""

    max_tokens: int | None = None
    """Input and output together."""
    max_cost_usd: float | None = None
    """Only where prices are configured; `requests.py` refuses one without."""
    spent: Usage = NOTHING_USED
    """Before this batch."""

    def allows(self, used: Usage) -> bool:
        """May one more call be made after `used` in this batch?"""
        total = self.spent + used
        return not (
            (self.max_tokens is not None and total.tokens >= self.max_tokens)
            or (self.max_cost_usd is not None and total.cost_usd >= self.max_cost_usd)
        )


NO_BUDGET = Budget()
"""Without end."""
