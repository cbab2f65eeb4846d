"""Suggestions for products: request them as a job, and accept what the job suggested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.client import suggestions
from infra.client.importing import watch
from infra.client.summary import STATUS_STYLE
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.operations.restarts import job_id_of
from infra.operations.target import Target

PRODUCTS_SHOWN = 20


def enrich(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Request suggestions for the products that FILTER or PRODUCTS describes, and show the first of
    them. Nothing is saved; with DRY_RUN only tokens and cost are estimated."""
    answer = target.rest.call("POST", "/products/enrich", enrichment_of(environment))
    console.print(escape(answer["message"]))
    if "jobId" not in answer:  # an estimate
        return 0
    job_id = answer["jobId"]
    job = watch(target.rest, job_id, "suggestions", console)
    console.print(f"[{STATUS_STYLE[job['status']]}]{escape(job['message'])}[/]")
    if job["status"] == "FAILED":
        console.print(f"[dim]What happened: make logs JOB={job_id}{target.suffix}[/]")
        return 1
    previews = target.rest.json_at(job["resultDownloadUrl"])["enrichedProductsPreview"]
    suggestions.show_rows(previews[:PRODUCTS_SHOWN], console)
    if len(previews) > PRODUCTS_SHOWN:
        console.print(f"[dim]These are the first {PRODUCTS_SHOWN} products.[/]")
    if job["counts"].get("suggestions"):
        accept_it = f"make accept JOB={job_id}{target.suffix}"
        console.print(f"[dim]Save them all: {accept_it}[/]", soft_wrap=True)
        console.print(
            f"[dim]Only the safer ones: {accept_it} MIN_CONFIDENCE=0.8   (DRY_RUN=1 counts)[/]",
            soft_wrap=True,
        )
    return 0


def enrichment_of(environment: Mapping[str, str]) -> dict[str, Any]:
    """The body of the call. Raises LauncherError unless exactly one choice of products is made."""
    filters = environment.get("FILTER", "").removeprefix("?").strip()
    ids = _names(environment, "PRODUCTS")
    choices: list[dict[str, Any]] = []
    if filters:
        choices.append({"filter": filters})
    if ids:
        choices.append({"productIds": ids})
    if is_set(environment, "ALL"):
        choices.append({"filter": {}})
    if len(choices) != 1:
        raise LauncherError(
            "Say which products, in one way: make enrich FILTER='Brand=Acme', PRODUCTS=id,id or "
            "ALL=1 (and DRY_RUN=1 to see the cost first)"
        )
    body: dict[str, Any] = {**choices[0], "async": True}
    for variable, field in (("ATTRIBUTES", "attributes"), ("REPLACE", "replace")):
        if names := _names(environment, variable):
            body[field] = names
    if limit := environment.get("MAX_USD", "").strip():
        body["budget"] = {"costUsd": _number("MAX_USD", limit)}
    if is_set(environment, "DRY_RUN"):
        body["dryRun"] = True
    return body


def accept(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Save the suggestions of JOB: all, or those of PRODUCTS and ATTRIBUTES with at least
    MIN_CONFIDENCE. With DRY_RUN nothing is written."""
    job_id = job_id_of(environment, "accept")
    body = {"jobId": job_id, "accept": accepted_of(environment)}
    if is_set(environment, "DRY_RUN"):
        body["dryRun"] = True
    answer = target.rest.call("PUT", "/products/bulk-update", body)
    if "outcomes" not in answer:  # too many for a call
        console.print(escape(answer["message"]))
        job = watch(target.rest, answer["jobId"], "acceptance", console)
        console.print(f"[{STATUS_STYLE[job['status']]}]{escape(job['message'])}[/]")
        if job["status"] == "FAILED":
            console.print(f"[dim]What happened: make logs JOB={job['_id']}{target.suffix}[/]")
            return 1
        return 0
    console.print(escape(answer["message"]))
    refused = [outcome for outcome in answer["outcomes"] if outcome.get("faults")]
    for outcome in refused[:PRODUCTS_SHOWN]:
        said = " ".join(fault["message"] for fault in outcome["faults"])
        console.print(f"[yellow]•[/] {escape(outcome['_id'])}  {escape(said)}", soft_wrap=True)
    if answer["productsUpdated"]:
        console.print(f"[dim]Have the catalogue as a file: make export{target.suffix}[/]")
    return 0 if answer["outcomes"] else 1


def accepted_of(environment: Mapping[str, str]) -> Any:
    """`accept` of the call."""
    rules: dict[str, Any] = {}
    if least := environment.get("MIN_CONFIDENCE", "").strip():
        rules["minConfidence"] = _number("MIN_CONFIDENCE", least)
    for variable, field in (("ATTRIBUTES", "attributes"), ("PRODUCTS", "productIds")):
        if names := _names(environment, variable):
            rules[field] = names
    return rules or "all"


def _names(environment: Mapping[str, str], variable: str) -> list[str]:
    parts = [part.strip() for part in environment.get(variable, "").split(",")]
    return [part for part in parts if part]


def _number(variable: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise LauncherError(f"{variable} must be a number, not {text!r}.") from None
