"""Prints the suggestions for products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

Row = tuple[str, str, Text, str, str]

FREE_PROVIDER = "offline"


def show(answer: dict[str, Any], console: Console) -> None:
    """Print the answer of POST /products/enrich: a line for each suggestion and each gap left."""
    previews = answer["enrichedProductsPreview"]
    console.print()
    console.rule("[bold]suggestions for what is empty[/]", align="left", style="dim")
    console.print(escape(answer["message"]))
    show_rows(previews, console)
    console.print()
    if made_by := makers(previews):
        console.print(f"Made by {escape(made_by)}.")
    console.print(
        "[bold]Nothing is saved[/] until somebody approves it: PUT /products/bulk-update with the "
        "previews, corrected or unchanged."
    )


def show_rows(previews: Sequence[dict[str, Any]], console: Console) -> None:
    rows = [row for preview in previews for row in _rows(preview)]
    if not rows:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("product", no_wrap=True, style="bold")
    table.add_column("attribute", no_wrap=True)
    table.add_column("suggestion", ratio=1)
    table.add_column("confidence", justify="right")
    table.add_column("drawn from", style="dim")
    before = ""
    for product, attribute, value, confidence, sources in rows:
        named = "" if product == before else product
        table.add_row(Text(named), Text(attribute), value, confidence, Text(sources))
        before = product
    console.print(table)


def _rows(preview: dict[str, Any]) -> Iterator[Row]:
    product = str(preview["_id"])
    shown = preview.get("aiSuggestions", {})
    for suggestion in preview.get("suggestions", ()):
        attribute = suggestion["attribute"]
        confidence = suggestion.get("confidence")
        yield (
            product,
            attribute,
            Text(_cell(shown.get(attribute, suggestion["value"])), style="cyan"),
            "" if confidence is None else f"{confidence:.2f}",
            ", ".join(suggestion.get("drawnFrom", ())),
        )
    for omission in preview.get("omissions", ()):
        if omission["code"] != "ALREADY_THERE":
            yield product, omission["attribute"], _unfilled(omission["message"]), "", ""
    if failure := preview.get("failure"):
        yield product, "", Text(failure["message"], style="red"), "", ""


def _unfilled(message: str) -> Text:
    """The sentence without its leading `Attribute "x": `, which the table shows already."""
    head, colon, rest = message.partition('": ')
    return Text(rest if colon and head.startswith("Attribute ") else message, style="dim")


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def makers(previews: list[dict[str, Any]]) -> str:
    """Providers and models of the suggestions, each once, in the order of their appearance."""
    named = {
        (suggestion["provider"], suggestion["model"]): None
        for preview in previews
        for suggestion in preview.get("suggestions", ())
    }
    return " and ".join(
        f"{provider} ({model})"
        + (
            ", rules without a model: nothing left this machine"
            if provider == FREE_PROVIDER
            else ""
        )
        for provider, model in named
    )
