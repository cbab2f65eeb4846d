"""Approve imports and ask for suggestions through the REST API, as any client would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.client.importing import Imported, watch
from infra.client.rest import Rest


def approve(rest: Rest, imports: Sequence[Imported], console: Console) -> bool:
    """Take the valid rows of the imports into the catalogue, at once, and wait for it.

    False when an approval failed; why is printed. Raises LauncherError when the API refuses one.
    """
    approvals = [(each, rest.approve_import(each.job["_id"])) for each in imports]
    well = True
    for imported, job_id in approvals:
        name = imported.job["originalFileName"]
        job = watch(rest, job_id, f"approval of {name}", console)
        failed = job["status"] == "FAILED"
        said = job.get("errorDetails") if failed else job.get("message")
        mark = "[red]✗[/]" if failed else "[green]✓[/]"
        console.print(f"{mark} [bold]{escape(name)}[/] {escape(said or job['status'])}")
        well = well and not failed
    return well


def suggest(rest: Rest, product_ids: Sequence[str], attributes: Sequence[str]) -> dict[str, Any]:
    """The suggestions of the configured provider for the empty ones of these attributes; the
    response of POST /products/enrich. Nothing is saved."""
    body = {"productIds": list(product_ids), "attributes": list(attributes)}
    return rest.call("POST", "/products/enrich", body)
