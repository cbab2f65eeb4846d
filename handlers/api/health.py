"""REST `/health`, for load balancers and monitors: checks database, queue and storage."""

from __future__ import annotations

from http import HTTPStatus

from core.health import health_to_json, run_checks
from handlers import environment
from handlers.api.http import Answer, RestApi, answer, logger

app = RestApi(public=True)  # load balancers have no token


@app.get("/health")
def show_health() -> Answer:
    checks = run_checks(
        {
            "database": lambda: environment.database().command("ping"),
            "queue": lambda: environment.queue().check(),
            "storage": _check_buckets,
        },
        on_error=_log,
    )
    well = all(check.ok for check in checks)
    return answer(HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE, health_to_json(checks))


def _check_buckets() -> None:
    settings = environment.settings()
    for bucket in (settings.uploads_bucket, settings.results_bucket):
        environment.store().check(bucket)


def _log(name: str, error: BaseException) -> None:
    logger.warning("A health check failed", extra={"check": name}, exc_info=error)


handler = app.handler
