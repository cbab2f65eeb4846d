"""Proposals as a table for people, the same on the command line and for `make attributes`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDEST = 32
OPTIONS_SHOWN = 4
COLUMNS = ("header", "name", "type", "sure", "cells", "why")


def table_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Of proposals in the form of JSON."""
    proposals = found["proposals"]
    rows = [COLUMNS, *(_row(proposal) for proposal in proposals)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(COLUMNS) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        yield "  ".join([*cells, row[-1]]).rstrip()
    for proposal in proposals:
        yield from _doubts(proposal)
    for column in found["leftOut"]:
        yield (
            f"Not proposed: {_cut(column['header']) or 'column ' + str(column['column'])}. "
            + (column["reason"])
        )
    rows_seen = found["rows"]
    yield f"{len(proposals):,} attributes proposed from {rows_seen:,} rows."


def _row(proposal: Mapping[str, Any]) -> Sequence[str]:
    attribute = proposal["attribute"]
    name = attribute["name"]
    return (
        _cut(proposal["header"]),
        "" if name == proposal["header"] else _cut(name),
        attribute["type"],
        f"{proposal['confidence']:.0%}",
        f"{proposal['evidence']['cells']:,}",
        " ".join([proposal["reason"], *_settings(attribute, proposal["evidence"])]),
    )


def _settings(attribute: Mapping[str, Any], evidence: Mapping[str, Any]) -> Iterator[str]:
    options = attribute.get("options", ())
    if options:
        more = ", …" if len(options) > OPTIONS_SHOWN else ""
        yield f"[{', '.join(map(_cut, options[:OPTIONS_SHOWN]))}{more}]"
    flags = {"isIdentifier": "identifier", "isUnique": "unique", "isRequired": "required"}
    said = [word for flag, word in flags.items() if attribute.get(flag)]
    if evidence.get("mayBeRequired") and not attribute.get("isRequired"):
        said.append("never empty")
    said += [
        f"{field} {attribute[field]}" for field in ("min", "max", "decimals") if field in attribute
    ]
    if said:
        yield f"({', '.join(said)})"


def _doubts(proposal: Mapping[str, Any]) -> Iterator[str]:
    for other in proposal.get("alternatives", ()):
        cells = ", ".join(f"row {c['row']:,} “{c['value']}”" for c in other["misfits"])
        said = f"{other['share']:.1%} of the cells fit {other['type']}, but not {cells}."
        if "attribute" in other:
            rows = other["faultyRows"]
            said += f" As {other['type']} it would fault {rows:,} row{'' if rows == 1 else 's'}."
        yield f"{_cut(proposal['header'])}: {said}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
