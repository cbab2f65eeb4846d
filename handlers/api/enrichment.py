"""REST `/products/enrich`: suggestions for empty attributes; nothing is saved here."""

from __future__ import annotations

from core import clock
from core.actors import ANONYMOUS
from core.attributes.repository import AttributeRepository
from core.enrichment.answering import TooMuchForACall, checked_count, estimated, previewed
from core.enrichment.reading import ProductReader
from core.enrichment.repository import EnrichmentJobs
from core.enrichment.requesting import start_enrichment
from core.enrichment.requests import EnrichmentRequest, read_enrichment_request
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
    products = ProductReader(database, catalogue)
    suggester = environment.suggest_function()
    if request.dry_run:
        return answer(200, estimated(request, catalogue, products, suggester, settings))
    if request.product_ids is not None and not request.as_job:
        try:
            ids = request.product_ids
            return answer(200, previewed(ids, request, catalogue, products, suggester, began))
        except TooMuchForACall:
            pass
    number = checked_count(request, catalogue, products, settings)
    return _start(request, number)


def _start(request: EnrichmentRequest, number: int) -> Answer:
    started = start_enrichment(
        request,
        environment.store(),
        EnrichmentJobs(environment.database()),
        environment.enrich_machine(),
        environment.settings(),
        actor=ANONYMOUS,
        now=clock.now(),
    )
    return answer(202, {**started, "products": number})


handler = app.handler
