"""REST `/products` and `/product-facets`: the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.utilities.typing import LambdaContext

from core import clock
from core.approvals.deletions.requesting import deletion_jobs, read_deletion, start_deletion
from core.approvals.products_in_call import approve_products
from core.approvals.repository import CommitJobs
from core.approvals.requesting import approve_import, requests_job
from core.approvals.suggestions.acceptance_jobs import start_acceptance
from core.approvals.suggestions.saving import names_job, read_accept_request, save_accepted
from core.attributes.repository import AttributeRepository
from core.exports.repository import ExportJobs
from core.exports.requesting import export_catalogue
from core.jobs.repository import JobRepository
from core.products.answer_sizes import fitting
from core.products.changes import WritePolicy
from core.products.documents import shown
from core.products.fields import REVISION, Catalogue, kinds_of
from core.products.history.archive import HistoryArchive
from core.products.history.reading import product_history
from core.products.listing import list_products, read_list_request
from core.products.queries.value_counts import count_values, read_count_request
from core.products.repository import ProductRepository
from core.products.sizes import ProductLimits
from core.products.updates.bulk_updating import update_products
from core.products.updates.patching import patch_product
from core.products.writing import ProductWriter
from handlers import environment
from handlers.api.http import Answer, Event, RestApi, answer, path_value

_ONE_PRODUCT = "/products/"
_HISTORY = "/history"
_DECODED_EVENT_VERSION = "1.0"


class ProductsApi(RestApi):
    """Routes whose last segment is an id that can hold any character, slashes included."""

    def resolve(self, event: Event, context: LambdaContext) -> dict[str, Any]:
        return super().resolve(with_encoded_id(event), context)


app = ProductsApi()


def with_encoded_id(event: Event) -> Event:
    """The event with its path percent-encoded as in the URL, if the path names one product.

    A REST API passes the path unchanged. Other gateways (HTTP APIs, the local engine) decode it
    first, so that a `/` in an id looks like another segment, and `%41` like an escape. Their events
    have a `version`; those of a REST API do not.
    """
    path = event.get("path") or ""
    if event.get("version") != _DECODED_EVENT_VERSION or not path.startswith(_ONE_PRODUCT):
        return event
    product_id, tail = path.removeprefix(_ONE_PRODUCT), ""
    if not product_id or event["httpMethod"].upper() not in ("GET", "PATCH", "DELETE", "OPTIONS"):
        return event  # other methods have fixed paths here
    if event["httpMethod"].upper() == "GET" and product_id.endswith(_HISTORY):
        product_id, tail = product_id.removesuffix(_HISTORY), _HISTORY
    return {**event, "path": _ONE_PRODUCT + quote(product_id, safe="") + tail}


@app.get("/products")
def list_all() -> Answer:
    catalogue = _catalogue()
    request = read_list_request(app.query_parameters(), catalogue)
    signer = environment.cursor_signer()
    return answer(200, list_products(request, catalogue, _products(), signer))


@app.get("/product-facets")
def count() -> Answer:
    request = read_count_request(app.query_parameters(), _catalogue())
    return answer(200, count_values(request, environment.database()))


@app.post("/products/approve")
@app.post("/approve")
def approve() -> Answer:
    body = app.json_body()
    return _approve_import(body) if requests_job(body) else _approve_products(body)


def _approve_import(body: Mapping[str, Any]) -> Answer:
    database = environment.database()
    started = approve_import(
        body,
        JobRepository(database),
        CommitJobs(database),
        environment.commit_machine(),
        environment.settings(),
        store=environment.store(),
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, started)


def _approve_products(body: Mapping[str, Any]) -> Answer:
    catalogue = _catalogue()
    # the contract: approving a product again updates its `updatedAt`, even if nothing changed
    policy = WritePolicy(
        actor=app.actor,
        creates=True,
        touches_unchanged=True,
        identifier=catalogue.identifier,
    )
    writer = _writer(catalogue)
    return answer(200, approve_products(body, catalogue, writer, policy, environment.settings()))


@app.put("/products/bulk-update")
@app.post("/products/bulk-update")
def bulk_update() -> Answer:
    catalogue = _catalogue()
    policy = WritePolicy(actor=app.actor, creates=False, identifier=catalogue.identifier)
    body = app.json_body()
    if names_job(body):
        return _accept_suggestions(body, catalogue, policy)
    writer = _writer(catalogue)
    return answer(200, update_products(body, catalogue, writer, policy, environment.settings()))


def _accept_suggestions(
    body: Mapping[str, Any], catalogue: Catalogue, policy: WritePolicy
) -> Answer:
    database, settings, store = (
        environment.database(),
        environment.settings(),
        environment.store(),
    )
    request = read_accept_request(body, store, JobRepository(database), settings)
    if request.fits_a_call(settings):
        writer = _writer(catalogue)
        return answer(200, save_accepted(request, catalogue, writer, policy, settings))
    started = start_acceptance(
        request,
        store,
        CommitJobs(database),
        environment.commit_machine(),
        settings,
        actor=policy.actor,
        now=clock.now(),
    )
    return answer(202, started)


@app.post("/products/delete")
def delete_many() -> Answer:
    database = environment.database()
    request = read_deletion(app.json_body(), _catalogue(), _products())
    if request.dry_run:
        return answer(200, request.preview())
    started = start_deletion(
        request,
        environment.store(),
        deletion_jobs(database),
        environment.commit_machine(),
        environment.settings(),
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, started)


@app.post("/products/export")
def export() -> Answer:
    started = export_catalogue(
        app.json_body(),
        _catalogue(),
        environment.store(),
        ExportJobs(environment.database()),
        environment.export_machine(),
        environment.settings(),
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, started)


@app.get("/products/<product_id>")
def get_one(product_id: str) -> Answer:
    document = _products().get(path_value(product_id))
    return answer(200, {"message": "1 product.", **_one(document)}, revision=_revision(document))


@app.get("/products/<product_id>/history")
def get_history(product_id: str) -> Answer:
    history = product_history(
        environment.database(), _archive(), path_value(product_id), app.query_parameters()
    )
    return answer(200, history)


@app.patch("/products/<product_id>")
def patch_one(product_id: str) -> Answer:
    product_id, catalogue = path_value(product_id), _catalogue()
    policy = WritePolicy(actor=app.actor, creates=False, identifier=catalogue.identifier)
    reported = patch_product(
        product_id,
        app.json_body(),
        app.expected_revision(),
        catalogue,
        _writer(catalogue),
        policy,
        environment.settings(),
    )
    document = _products().get(product_id)
    return answer(200, {**reported, **_one(document)}, revision=_revision(document))


@app.delete("/products/<product_id>")
def delete_one(product_id: str) -> Answer:
    product_id = path_value(product_id)
    _products().delete(product_id, app.actor, _archive())
    return answer(200, {"message": f"Product “{product_id}” was deleted."})


def _one(document: Mapping[str, Any]) -> dict[str, Any]:
    fits = fitting([shown(document, _catalogue().names)])
    (product,) = fits.products
    omitted = {"omittedValues": fits.omitted} if fits.omitted else {}
    return {"product": product, **omitted}


def _revision(document: Mapping[str, Any]) -> int:
    revision: int = document.get(REVISION, 0)
    return revision


def _catalogue() -> Catalogue:
    return Catalogue(tuple(AttributeRepository(environment.database()).all()))


def _products() -> ProductRepository:
    return ProductRepository(environment.database())


def _writer(catalogue: Catalogue) -> ProductWriter:
    limits = ProductLimits.of(environment.settings())
    return ProductWriter(
        environment.database(), kinds_of(catalogue.attributes), limits=limits, archive=_archive()
    )


def _archive() -> HistoryArchive:
    return HistoryArchive(environment.store(), environment.settings().results_bucket)


handler = app.handler
