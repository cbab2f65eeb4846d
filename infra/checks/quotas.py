"""Check: our sizes against the limits of AWS, as arithmetic. Each `Measure` is the largest that a
legal choice of parameters makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from core.approvals.model import CommitChunk
from core.enrichment.job_model import Batch
from core.fan_out import EVENTS_OF_A_TURN, HISTORY_EVENTS, FanOut, choose_map
from core.imports.task_model import PASSES
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.job_control.reprocessing_turns import MAX_TURNS
from infra.checks.limits import LIMITS
from infra.checks.machines import Graph, Machine, graphs, machines_of
from infra.checks.resolving import resolved, text_of
from infra.checks.results import CheckResult
from infra.checks.template import listed, translate
from infra.staging import LAYERS, ROOT

CHECK = "quotas"
BUILD = ROOT / "build"

PARAMETERS = {
    "InlineMaxConcurrency": "inline Map at once",
    "DistributedMaxConcurrency": "distributed Map at once",
    "CommitMaxConcurrency": "inline Map at once",
    "EnrichMaxConcurrency": "inline Map at once",
    "ExportMaxConcurrency": "inline Map at once",
    "StartImportMaxConcurrency": "starters of a queue",
    "EnrichmentTimeoutSeconds": "timeout of a function",
    "MaxUploadBytes": "object",
    "MaxProductBytes": "document",
    "MaxRecordBytes": "document",
}
"""Parameters whose largest value is a limit of AWS, or lies below one."""

MOST = 2**53
"""In place of a number in the state: more digits than any of ours has."""

AROUND_THE_CHUNKS_BYTES = 4096
"""Of the state, beside the chunks: ids, keys, the source with its name, the options."""


@dataclass(frozen=True, slots=True)
class Measure:
    what: str
    ours: int
    limit: str

    @property
    def finding(self) -> str:
        limit = LIMITS[self.limit]
        return (
            f"{self.what}: {self.ours} {limit.unit}, and the limit ({self.limit}) is {limit.most}"
        )


def check(template: Mapping[str, Any], build: Path = BUILD) -> CheckResult:
    machines = machines_of(template)
    translated = translate(dict(template))
    measures = [
        *functions(template),
        *roles(translated, template),
        *(measure for machine in machines for measure in of_machine(machine, template)),
        *histories(machines, template),
        *payloads(template),
        *stack(translated, template),
        *packages(build),
    ]
    findings = [*over(measures), *unbounded(template)]
    built = "" if (build / "layers").exists() else "; packages not measured: make package"
    return CheckResult(
        CHECK, f"{len(measures)} sizes, {len(LIMITS)} limits{built}", tuple(findings)
    )


def over(measures: Iterable[Measure]) -> list[str]:
    return [m.finding for m in measures if m.ours > LIMITS[m.limit].most]


def functions(template: Mapping[str, Any]) -> Iterator[Measure]:
    common = template["Globals"]["Function"]
    shared = common["Environment"]["Variables"]
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        own = resource["Properties"]
        variables = shared | own.get("Environment", {}).get("Variables", {})
        size = sum(len(key) + len(text_of(v, template)) for key, v in variables.items())
        yield Measure(f"{name}, environment", size, "environment of a function")
        written = text_of(own["FunctionName"], template)
        yield Measure(f"{name}, name", len(written), "name of a function")
        timeout = own.get("Timeout", common["Timeout"])
        yield Measure(f"{name}, timeout", timeout, "timeout of a function")
        memory = own.get("MemorySize", common["MemorySize"])
        yield Measure(f"{name}, memory", memory, "memory of a function in a new account")


def roles(translated: Mapping[str, Any], template: Mapping[str, Any]) -> Iterator[Measure]:
    """SAM gives each function a role."""
    for name, resource in translated["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
            size = sum(_characters(document, template) for document in documents)
            yield Measure(f"{name}, inline policies", size, "inline policies of a role")
            managed = len(properties.get("ManagedPolicyArns", ()))
            yield Measure(f"{name}, managed policies", managed, "managed policies of a role")
        elif resource["Type"] == "AWS::IAM::ManagedPolicy":
            size = _characters(properties["PolicyDocument"], template)
            yield Measure(f"{name}, size", size, "managed policy")


def _characters(document: Any, template: Mapping[str, Any]) -> int:
    """IAM does not count white space."""
    return len(json.dumps(resolved(document, template), separators=(",", ":")))


def of_machine(machine: Machine, template: Mapping[str, Any]) -> Iterator[Measure]:
    written = text_of(template["Resources"][machine.name]["Properties"]["Name"], template)
    yield Measure(f"{machine.name}, name", len(written), "name of a state machine")
    size = len(machine.text.encode())
    yield Measure(f"{machine.name}, definition", size, "definition of a state machine")


def turns_of(template: Mapping[str, Any]) -> dict[str, int]:
    """Machine → how often the task of one chunk may run in a turn of its Map, at most."""
    waits = template["Parameters"]["EnrichmentMaxWaits"].get("MaxValue", MOST)
    return {
        "ProductImport": PASSES,
        "ProductCommit": 1,
        "ProductEnrich": waits + 1,
        "ProductExport": 1,
        "AttributeProposal": 1,
    }


def histories(machines: Iterable[Machine], template: Mapping[str, Any]) -> Iterator[Measure]:
    """An inline Map writes into the history of its execution; a child of a distributed Map has a
    history of its own."""
    turns = turns_of(template)
    for machine in machines:
        outer, *maps = graphs(machine.name, machine.definition())
        around = PASSES * sum(events_of(state) for state in outer.states.values())
        if not maps:
            yield from _history_of_turns(machine, outer)
            continue
        inside = next(g for g in maps if "ItemReader" not in (g.inside_map or {})).states
        of_a_turn = EVENTS_OF_AN_ITERATION + sum(events_of(state) for state in inside.values())
        for times in {1, turns[machine.name]}:
            if machine.name == "ProductImport" and times != PASSES:
                continue
            events = around + most_inline(template, times) * times * of_a_turn
            what = f"{machine.name}, history with {times} turns"
            yield Measure(what, events, "events of a history")
        alone = turns[machine.name] * of_a_turn
        yield Measure(f"{machine.name}, history of a child", alone, "events of a history")


def _history_of_turns(machine: Machine, outer: Graph) -> Iterator[Measure]:
    """Of the machine that waits in turns, without a Map: the states of its loop, in every turn."""

    def following(name: str) -> set[str]:
        state = outer.states[name]
        named = {state.get("Next"), state.get("Default")}
        named |= {choice["Next"] for choice in state.get("Choices", ())}
        return {target for target in named if target is not None}

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        waiting = following(name)
        while waiting:
            found |= waiting
            waiting = set().union(*map(following, waiting)) - found
        return found

    turn = sum(events_of(state) for name, state in outer.states.items() if name in reached(name))
    what = f"{machine.name}, history of all turns"
    yield Measure(what, MAX_TURNS * turn, "events of a history")


def most_inline(template: Mapping[str, Any], turns: int) -> int:
    """Chunks that the code gives to an inline Map, at most."""
    allowed = min(
        template["Parameters"]["InlineMapMaxChunks"].get("MaxValue", HISTORY_EVENTS),
        HISTORY_EVENTS // EVENTS_OF_A_TURN,
    )
    return max(n for n in range(allowed + 1) if choose_map(n, n, turns=turns) is FanOut.INLINE)


EVENTS_OF_AN_ITERATION = 2
"""Of a Map: started, succeeded."""


def events_of(state: Mapping[str, Any]) -> int:
    """Of one visit: entered and exited; of a task, scheduled, started and succeeded for each try
    (or failed); of a Map, started and succeeded."""
    repetitions: int = sum(retrier["MaxAttempts"] for retrier in state.get("Retry", ()))
    kind: str = state["Type"]
    return {"Task": 2 + 3 * (1 + repetitions), "Map": 4}.get(kind, 2)


def payloads(template: Mapping[str, Any]) -> Iterator[Measure]:
    """The chunks of an inline Map travel in the state."""
    turns = {RevalidationChunk: PASSES, CommitChunk: 1, Batch: 1}
    for kind, times in turns.items():
        fields = dict.fromkeys(kind.__struct_fields__, MOST)
        size = len(msgspec.json.encode(kind(**fields))) + 1
        whole = AROUND_THE_CHUNKS_BYTES + most_inline(template, times) * size
        yield Measure(f"state with each {kind.__name__}", whole, "state payload")


def stack(translated: Mapping[str, Any], template: Mapping[str, Any]) -> Iterator[Measure]:
    yield Measure("resources", len(translated["Resources"]), "resources of a stack")
    yield Measure("parameters", len(template["Parameters"]), "parameters of a stack")
    yield Measure("translated template", len(json.dumps(translated)), "template")
    for name, resource in template["Resources"].items():
        kept = resource.get("Properties", {}).get("MessageRetentionPeriod")
        if kept is not None:
            yield Measure(f"{name}, retention", int(kept), "retention of a queue")
        layers = resource.get("Properties", {}).get("Layers")
        if layers is not None:
            yield Measure(f"{name}, layers", len(listed(layers)), "layers of a function")


def packages(build: Path) -> Iterator[Measure]:
    code = _size_of(build / "code")
    for name in LAYERS:
        folder = build / "layers" / name
        if folder.exists():
            total = code + _size_of(folder)
            yield Measure(f"layer {name} with the code", total, _PACKAGE)


_PACKAGE = "package of a function with its layers"


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def unbounded(template: Mapping[str, Any]) -> Iterator[str]:
    """Parameters that may be set to more than AWS allows."""
    for name, limit in PARAMETERS.items():
        most = template["Parameters"][name].get("MaxValue")
        if most is None or int(most) > LIMITS[limit].most:
            yield (
                f"{name} may be {most or 'any number'}, and the limit ({limit}) is "
                f"{LIMITS[limit].most}"
            )
