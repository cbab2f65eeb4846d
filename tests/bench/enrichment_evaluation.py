"""How good suggestions are: known values are taken away, suggested anew, and compared.

    make evaluate [SAMPLE=200] [SEED=1] [DATA=…] [MAX_USD=…] [ENRICHMENT_PROVIDER=openai …]

The provider is the one that the settings name, its key is read from OPENAI_API_KEY. The same
catalogue, sample and seed give the same questions, so providers and models can be compared.

Per type of attribute: *requested*, without codes, which no provider is asked for;
*suggested*, a value that passed the rules; *invalid*, an answer
that broke one after two tries; *matches*, suggestions equal to the value that was taken away
(texts without regard to case, blanks and mark-up; measures after conversion). For texts *overlap*
tells more: the mean F1 of the words of the suggestion and of the original.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.attributes.definitions import PROSE_TYPES, AttributeType
from core.enrichment.api.estimating import estimate
from core.enrichment.model import EnrichableProduct, EnrichedProduct, OmissionCode
from core.enrichment.providers.factory import create_provider
from core.enrichment.providers.interface import Provider
from core.enrichment.suggestions.pricing import Budget
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentTerms, Usage
from core.settings import Settings
from tests.bench.icecat import CONTEXT, Catalogue, DataMissing, read
from tests.shared_data import SHARED_DATA

ROOT = Path(__file__).parents[2]
DATA = SHARED_DATA / "catalogues"
REMOVED_PER_PRODUCT = 3

IN_GRAMS_OR_MILLIMETRES = {"g": 1, "kg": 1000, "mm": 1, "cm": 10, "in": 25.4}


@dataclass(frozen=True)
class Case:
    """A product without some of its values, and those."""

    product: EnrichableProduct
    removed: Mapping[str, Any]


@dataclass
class Score:
    requested: int = 0
    suggested: int = 0
    invalid: int = 0
    abstained: int = 0
    failed: int = 0
    matches: int = 0
    overlaps: list[float] = field(default_factory=list)


def cases(catalogue: Catalogue, sample: int, seed: int) -> list[Case]:
    """Drawn evenly; of each product up to three values are taken away, and two at least stay."""
    draw = random.Random(seed)
    kept = {definition.name for definition in CONTEXT}
    chosen = draw.sample(catalogue.products, min(sample, len(catalogue.products)))
    found = []
    for product_id, values in chosen:
        names = [name for name in values if name not in kept]
        most = min(REMOVED_PER_PRODUCT, len(values) - 2, len(names))
        taken = draw.sample(names, draw.randint(1, most)) if most > 0 else []
        if taken:
            left = {name: value for name, value in values.items() if name not in taken}
            product = EnrichableProduct(id=product_id, revision=1, values=left)
            found.append(Case(product, {name: values[name] for name in taken}))
    return found


def evaluate(
    some: Sequence[Case],
    catalogue: Catalogue,
    provider: Provider,
    settings: Settings,
    budget: Budget,
) -> tuple[dict[AttributeType, Score], list[EnrichedProduct]]:
    types = {definition.name: definition.type for definition in catalogue.definitions}
    scores: dict[AttributeType, Score] = defaultdict(Score)
    done = []
    for case in some:  # the attributes that are asked for differ from product to product
        terms = EnrichmentTerms(attributes=tuple(case.removed))
        outcome = suggest(
            [case.product], catalogue.definitions, terms, provider, settings, budget=budget
        )
        budget = Budget(
            max_tokens=budget.max_tokens,
            max_cost_usd=budget.max_cost_usd,
            spent=budget.spent + outcome.usage,
        )
        (enriched,) = outcome.with_left_skipped()
        done.append(enriched)
        check(case, enriched, types, scores)
    return scores, done


def check(
    case: Case,
    enriched: EnrichedProduct,
    types: Mapping[str, AttributeType],
    scores: dict[AttributeType, Score],
) -> None:
    given = {s.attribute: s.value for s in enriched.suggestions}
    codes = {o.attribute: o.code for o in enriched.omissions}
    for name, truth in case.removed.items():
        if codes.get(name) == OmissionCode.NOT_SUPPORTED:
            continue  # a code, which nobody is asked for
        score = scores[types[name]]
        score.requested += 1
        if name in given:
            score.suggested += 1
            score.matches += is_match(given[name], truth)
            if types[name] in PROSE_TYPES:
                score.overlaps.append(overlap(str(given[name]), str(truth)))
        elif enriched.failure is not None:
            score.failed += 1
        elif codes.get(name) == OmissionCode.ABSTAINED:
            score.abstained += 1
        else:
            score.invalid += 1


def is_match(given: Any, truth: Any) -> bool:
    if isinstance(truth, Mapping) and isinstance(given, Mapping):
        mine, theirs = _in_base(given), _in_base(truth)
        return mine == theirs or abs(mine - theirs) <= 1e-9 * abs(theirs)
    if isinstance(truth, list) and isinstance(given, list):
        return set(given) == set(truth)
    if isinstance(truth, str) and isinstance(given, str):
        return _words(given) == _words(truth)
    return (type(given) is type(truth) and bool(given == truth)) or _numbers_equal(given, truth)


def _numbers_equal(given: Any, truth: Any) -> bool:
    are_numbers = all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in (given, truth)
    )
    return are_numbers and given == truth


def overlap(given: str, truth: str) -> float:
    """F1 of the words, each as often as it occurs: 0 for nothing in common, 1 for all."""
    mine, theirs = Counter(_words(given)), Counter(_words(truth))
    common = (mine & theirs).total()
    return 2 * common / (mine.total() + theirs.total()) if common else 0.0


HEAD = ("type", "requested", "suggested", "invalid", "unknown", "failed", "matches", "overlap")


def table(scores: Mapping[AttributeType, Score]) -> str:
    lines = [HEAD, *(_line(kind.value, scores[kind]) for kind in AttributeType if kind in scores)]
    lines.append(_line("all", _sum(list(scores.values()))))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        )
        for line in lines
    )


def _line(name: str, score: Score) -> tuple[str, ...]:
    counts = (score.requested, score.suggested, score.invalid, score.abstained, score.failed)
    share = f" ({100 * score.matches / score.suggested:.0f} %)" if score.suggested else ""
    words = f"{sum(score.overlaps) / len(score.overlaps):.2f}" if score.overlaps else "-"
    return (name, *map(str, counts), f"{score.matches}{share}", words)


def _sum(scores: Sequence[Score]) -> Score:
    total = Score()
    for score in scores:
        for name in ("requested", "suggested", "invalid", "abstained", "failed", "matches"):
            setattr(total, name, getattr(total, name) + getattr(score, name))
        total.overlaps += score.overlaps
    return total


def _in_base(measure: Mapping[str, Any]) -> float:
    return float(measure["value"] * IN_GRAMS_OR_MILLIMETRES.get(measure["unit"], 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", re.sub(r"<[^<>]*>", " ", text).casefold())


def _make_bedrock_client() -> Any:
    import boto3

    return boto3.client("bedrock-runtime")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make evaluate", description=(__doc__ or "")[:88])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the catalogue")
    parser.add_argument("--sample", type=int, default=200, help="products")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-usd", type=float, default=None, help="stop when so much is spent")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    try:
        catalogue = read(given.data, settings)
    except DataMissing as error:
        print(f"Skipped: {error}. Name the folder with DATA=…")
        return 0
    provider = create_provider(
        settings, lambda: os.environ.get("OPENAI_API_KEY"), _make_bedrock_client
    )
    some = cases(catalogue, given.sample, given.seed)
    print(
        f"{provider.name} {provider.model}, {len(some)} products, seed {given.seed}; "
        f"{catalogue.unsound_values} values of the file break a rule and are left out"
    )
    everything = EnrichmentTerms(attributes=tuple({n: None for c in some for n in c.removed}))
    predicted = estimate(
        [case.product for case in some],
        len(some),
        catalogue.definitions,
        everything,
        provider,
        settings,
    )
    if not provider.is_free:
        print(f"At most: {predicted.message}")
    scores, done = evaluate(some, catalogue, provider, settings, Budget(max_cost_usd=given.max_usd))
    print(table(scores))
    used = sum((product.usage for product in done), Usage())
    print(
        f"{used.requests} requests, {used.input_tokens} + {used.output_tokens} tokens, "
        f"${used.cost_usd:.4f}"
    )
    failures = Counter(p.failure.message for p in done if p.failure is not None)
    for message, count in failures.most_common(5):
        print(f"{count} ×: {message}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
