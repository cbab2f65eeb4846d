"""Health checks of the services that the product needs, in parallel, within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

CHECK_SECONDS = 4.0
"""A check that takes longer counts as failed: a load balancer does not wait longer either."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    ok: bool
    milliseconds: int


def run_checks(
    checks: Mapping[str, Callable[[], object]],
    on_error: Callable[[str, BaseException], None],
    seconds: float = CHECK_SECONDS,
) -> list[Check]:
    """A check fails if it raises, or takes longer than `seconds`. Its exception is only passed to
    `on_error`, since it may name hosts and accounts."""
    started = time.monotonic()
    pool = ThreadPoolExecutor(max(len(checks), 1), thread_name_prefix="health")
    running = {name: pool.submit(_timed, check) for name, check in checks.items()}
    results = []
    for name, check in running.items():
        left = max(started + seconds - time.monotonic(), 0.0)
        try:
            milliseconds, ok = check.result(timeout=left), True
        except Exception as error:
            milliseconds, ok = round((time.monotonic() - started) * 1000), False
            on_error(name, error)
        results.append(Check(name=name, ok=ok, milliseconds=milliseconds))
    pool.shutdown(wait=False, cancel_futures=True)  # one that hangs must not delay the response
    return results


def _timed(check: Callable[[], object]) -> int:
    started = time.monotonic()
    check()
    return round((time.monotonic() - started) * 1000)


def health_to_json(checks: list[Check]) -> dict[str, Any]:
    """The body of `GET /health`; with `error`, `code` and `details` when something is away."""
    away = [check.name for check in checks if not check.ok]
    shown: dict[str, Any] = {
        "message": "All is well." if not away else f"Not available: {', '.join(away)}.",
        "status": "down" if away else "ok",
        "checks": msgspec.to_builtins(checks),
    }
    if away:
        shown |= {
            "error": shown["message"],
            "code": "UNHEALTHY",
            "details": [{"check": name} for name in away],
        }
    return shown
