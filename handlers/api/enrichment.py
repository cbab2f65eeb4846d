"""REST `/products/enrich`: suggestions for empty attributes; nothing is saved here."""

from __future__ import annotations

from typing import Any

from core import clock
from core.attributes.repository import AttributeRepository
from core.enrichment.api.answering import answered
from core.enrichment.jobs.daily_budget import DailyBudget
from core.enrichment.jobs.repository import EnrichmentJobs
from core.enrichment.jobs.requesting import start_enrichment
from core.enrichment.reading import ProductReader
from core.enrichment.requests import read_enrichment_request
from core.products.fields import Catalogue
from handlers import environment
from handlers.api.http import Answer, RestApi, answer

app = RestApi()


@app.post("/products/enrich")
def enrich() -> Answer:
    began = clock.now()
    database, settings = environment.database(), environment.settings()
    catalogue = Catalogue(tuple(AttributeRepository(database).all()))
    request = read_enrichment_request(app.json_body(), catalogue, settings)

    def start() -> dict[str, Any]:
        return start_enrichment(
            request,
            environment.store(),
            EnrichmentJobs(database),
            environment.enrich_machine(),
            settings,
            actor=app.actor,
            now=clock.now(),
        )

    status, body = answered(
        request,
        catalogue,
        ProductReader(database, catalogue),
        environment.suggest_function(),
        settings,
        began=began,
        start=start,
        daily=DailyBudget(database, environment.store(), settings),
    )
    return answer(status, body)


handler = app.handler
