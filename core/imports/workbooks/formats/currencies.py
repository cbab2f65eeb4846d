"""The signs and names of currencies that number formats show, and the unit that each means."""

from __future__ import annotations

import re
import unicodedata

PLAIN_SIGNS = " -()+\u00a0\u202f'"
"""Signs around a number that mean nothing or a minus."""

_WORDS = re.compile(
    r"AED|AUD|BGN|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|JPY|KRW|MXN|NOK|NZD|PLN|RMB|RON|"
    r"RUB|SEK|SGD|THB|TRY|UAH|USD|ZAR|S?Fr\.?|kr\.?|Kč|Ft|zł|lei|(?:R|US|A|C|HK)\$",
    re.I,
)
_CODES = {
    "$": "USD AUD CAD NZD HKD SGD MXN ARS CLP COP TWD",
    "€": "EUR",
    "EURO": "EUR",
    "£": "GBP",
    "¥": "JPY CNY",
    "￥": "JPY CNY",
    "RMB": "CNY",
    "KR": "SEK NOK DKK ISK",
    "FR": "CHF",
    "SFR": "CHF",
    "KČ": "CZK",
    "FT": "HUF",
    "ZŁ": "PLN",
    "LEI": "RON",
    "R$": "BRL",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "HK$": "HKD",
    "₽": "RUB",
    "₹": "INR",
    "₩": "KRW",
    "₪": "ILS",
    "₺": "TRY",
    "₴": "UAH",
    "฿": "THB",
}
"""Sign or name → codes of ISO 4217 that it may stand for."""


def is_currency(text: str) -> bool:
    """Is it nothing, or the sign or name of a currency?"""
    if not text or _WORDS.fullmatch(text):
        return True
    return all(unicodedata.category(sign) == "Sc" or sign in PLAIN_SIGNS for sign in text)


def may_be_unit(symbol: str, unit: str) -> bool:
    """May the currency that a format shows be the unit, as `€` is EUR and that of `EUR/kg`?"""
    return symbol == unit or bool(_codes(symbol) & _codes(unit.partition("/")[0]))


def _codes(text: str) -> set[str]:
    name = text.strip(PLAIN_SIGNS).rstrip(".").upper()
    return set(_CODES.get(name, name).split())
