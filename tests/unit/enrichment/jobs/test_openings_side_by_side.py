"""Two openings of one attempt that run side by side, and find other products: what the state
machine goes on with belongs to one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from pymongo.database import Database

from core.actors import ANONYMOUS
from core.enrichment.job_model import Batch, EnrichmentExecution, EnrichmentSelection
from core.enrichment.jobs.files import EnrichmentFiles
from core.enrichment.jobs.opening import open_enrichment
from core.enrichment.jobs.repository import EnrichmentJobs
from core.enrichment.model import EnrichableProduct
from core.enrichment.reading import ProductReader
from core.fan_out import Opened
from core.jobs.orders import EnrichmentOrder, EnrichmentTerms
from core.products.documents import Document
from core.products.fields import Catalogue
from core.settings import Settings
from core.storage import EnrichmentKeys, FolderStore
from core.storage.enrichment_keys import order_key

RESULTS = "results"
JOB = "job"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SETTINGS = Settings(results_bucket=RESULTS, enrichment_batch_products=2)


class Products:
    """In place of ProductReader: finds what it is given, and lets another opening in."""

    def __init__(self, ids: list[str], meanwhile: Callable[[], object] = lambda: None) -> None:
        self._ids = ids
        self._meanwhile = meanwhile

    def matching(self, _: object) -> Iterator[Document]:
        for number, product_id in enumerate(self._ids):
            if number == 3:
                self._meanwhile()
            yield {"_id": product_id}

    def enrichable(self, document: Document) -> EnrichableProduct:
        return EnrichableProduct(id=document["_id"], revision=1, values={})


def test_two_openings_side_by_side_go_on_with_the_products_of_one_of_them(
    database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    store, jobs = FolderStore(tmp_path), EnrichmentJobs(database)
    order = EnrichmentOrder(terms=EnrichmentTerms(attributes=("Colour",)), filter="")
    selection = EnrichmentFiles(store, RESULTS, EnrichmentKeys(JOB, 1))
    selection.write(order_key(JOB), EnrichmentSelection(order=order))
    key = order_key(JOB)
    jobs.register(JOB, bucket=RESULTS, key=key, name="All", order=order, actor=ANONYMOUS, now=NOW)
    opened: list[Opened[Batch]] = []

    def opening(products: Products) -> None:
        opened.append(
            open_enrichment(
                store,
                jobs.records,
                Catalogue(()),
                cast("ProductReader", products),
                SETTINGS,
                execution_arn="arn:one",
                request=EnrichmentExecution(job_id=JOB),
                now=NOW,
            )
        )

    opening(Products(list("acde"), meanwhile=lambda: opening(Products(list("abcde")))))

    files = EnrichmentFiles(store, RESULTS, EnrichmentKeys(JOB, 1))
    plan = files.plan()
    for each in opened:
        assert (each.chunk_count, each.row_count) == (plan.chunk_count, plan.row_count)
        assert [batch.products for batch in each.chunks] == [2, 2, 1]
    found = [files.content(n, plan.opening).products for n in range(plan.chunk_count)]
    assert [product.id for batch in found for product in batch] == list("abcde")
    assert opened[0].chunks == opened[1].chunks
