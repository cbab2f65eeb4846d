"""The way that each state machine takes: its states, and where each leads."""

import re

from infra.checks.machines import targets
from tests.sources import ROOT
from tests.unit.statemachines.machine_files import read, without_scale


def test_the_import_takes_the_way_of_the_design() -> None:
    states = read(ROOT / "statemachines" / "product-import.asl.json")["States"]
    ways = {name: list(targets(state)) for name, state in states.items()}
    assert ways["OpenJob"] == ["Opened?", "FailJob"]
    assert ways["Opened?"] == [
        *("UnknownOutcome", "PlanChunks", "RejectJob", "Superseded", "FailJob"),
    ]
    assert ways["PlanChunks"] == ["FanOut?", "FailJob"]
    assert ways["FanOut?"] == [
        *("UnknownOutcome", "PlanRefused", "ValidateChunks", "ValidateChunksAtScale"),
        "AggregateResults",
    ]
    assert ways["ValidateChunks"] == ways["ValidateChunksAtScale"] == ["UniqueValues?", "FailJob"]
    assert ways["UniqueValues?"] == ["AggregateResults", "FindRepeats"]
    assert ways["FindRepeats"] == ["CheckCatalogue", "FailJob"]
    assert ways["CheckCatalogue"] == ["FanOut?", "FailJob"]
    assert ways["AggregateResults"] == ["CloseJob", "FailJob"]
    assert ways["CloseJob"] == ways["RejectJob"] == ["StillOwner?", "FailJob"]
    assert ways["FailJob"] == ["Failed", "Failed"]


def test_an_approval_takes_the_same_way_without_planning_or_gathering() -> None:
    states = read(ROOT / "statemachines" / "product-commit.asl.json")["States"]
    ways = {name: list(targets(state)) for name, state in states.items()}
    assert ways["OpenCommit"] == ["Opened?", "FailCommit"]
    assert ways["Opened?"] == [
        *("UnknownOutcome", "FanOut?", "RejectJob", "Superseded", "FailCommit"),
    ]
    assert ways["FanOut?"] == ["UnknownOutcome", "CommitChunks", "CommitChunksAtScale"]
    assert ways["CommitChunks"] == ways["CommitChunksAtScale"] == ["CloseCommit", "FailCommit"]
    assert ways["CloseCommit"] == ways["RejectJob"] == ["StillOwner?", "FailCommit"]
    assert ways["FailCommit"] == ["Failed", "Failed"]


def test_an_enrichment_takes_the_same_way_and_waits_for_its_provider() -> None:
    states = read(ROOT / "statemachines" / "product-enrich.asl.json")["States"]
    ways = {name: list(targets(state)) for name, state in states.items()}
    assert ways["OpenEnrichment"] == ["Opened?", "FailEnrichment"]
    assert ways["Opened?"] == [
        *("UnknownOutcome", "FanOut?", "RejectJob", "Superseded", "FailEnrichment"),
    ]
    assert ways["FanOut?"] == ["UnknownOutcome", "SuggestBatches", "SuggestBatchesAtScale"]
    for name in ("SuggestBatches", "SuggestBatchesAtScale"):
        assert ways[name] == ["CloseEnrichment", "FailEnrichment"]
        inside = states[name]["ItemProcessor"]["States"]
        within = {
            without_scale(name): [without_scale(target) for target in targets(state)]
            for name, state in inside.items()
        }
        assert within["SuggestValues"] == ["Answered?"]
        assert within["Answered?"] == ["UnknownAnswer", "Done", "WaitForProvider"]
        assert within["WaitForProvider"] == ["SuggestValues"]
    assert ways["CloseEnrichment"] == ways["RejectJob"] == ["StillOwner?", "FailEnrichment"]
    assert ways["FailEnrichment"] == ["Failed", "Failed"]


def test_a_proposal_plans_gathers_and_decides() -> None:
    states = read(ROOT / "statemachines" / "attribute-proposal.asl.json")["States"]
    ways = {name: list(targets(state)) for name, state in states.items()}
    assert ways["OpenProposal"] == ["Opened?", "FailProposal"]
    assert ways["Opened?"] == ["UnknownOutcome", "PlanProposal", "Superseded", "FailProposal"]
    assert ways["PlanProposal"] == ["FanOut?", "FailProposal"]
    assert ways["FanOut?"] == [
        *("UnknownOutcome", "PlanRefused", "GatherChunks", "GatherChunksAtScale"),
    ]
    assert (
        ways["GatherChunks"]
        == ways["GatherChunksAtScale"]
        == [
            *("DecideProposals", "FailProposal"),
        ]
    )
    assert ways["DecideProposals"] == ["Decided?", "FailProposal"]
    assert ways["Decided?"] == ["UnknownOutcome", "CloseProposal", "DecisionRefused"]
    assert ways["PlanRefused"] == ways["DecisionRefused"] == ["RejectJob"]
    assert ways["CloseProposal"] == ways["RejectJob"] == ["StillOwner?", "FailProposal"]
    assert ways["FailProposal"] == ["Failed", "Failed"]


def test_both_maps_of_an_enrichment_spare_the_provider_alike() -> None:
    text = (ROOT / "statemachines" / "product-enrich.asl.json").read_text(encoding="utf-8")
    assert text.count('"MaxConcurrency": ${EnrichMaxConcurrency}') == 2


def test_both_maps_of_an_approval_spare_the_database_alike() -> None:
    text = (ROOT / "statemachines" / "product-commit.asl.json").read_text(encoding="utf-8")
    assert text.count('"MaxConcurrency": ${CommitMaxConcurrency}') == 2


def test_both_maps_of_an_export_spare_the_database_alike() -> None:
    text = (ROOT / "statemachines" / "product-export.asl.json").read_text(encoding="utf-8")
    assert text.count('"MaxConcurrency": ${ExportMaxConcurrency}') == 2


def test_a_task_outlives_its_function_so_that_no_state_is_left_to_a_zombie() -> None:
    """The function's own timeout comes first; the state's is for a function that vanished."""
    template = (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
    shared = re.search(r"^Globals:.*?^    Timeout: (\d+)", template, re.M | re.S)
    assert shared is not None
    default = int(shared.group(1))
    states = read(ROOT / "statemachines" / "product-import.asl.json")["States"]
    for function, handler in {
        "OpenJob": "open_job",
        "PlanChunks": "plan_chunks",
        "AggregateResults": "aggregate_results",
        "CloseJob": "close_job",
        "RejectJob": "reject_job",
        "FailJob": "fail_job",
        "ValidateChunk": "validate_chunk",
    }.items():
        found = re.search(rf"^  {function}Function:\n(.*?)(?=^  \w|\Z)", template, re.M | re.S)
        assert found is not None
        section = found.group(1)
        assert f"handlers.pipeline.{handler}.handler" in section
        own = re.search(r"^      Timeout: (\d+)", section, re.M)
        limit = int(own.group(1)) if own else default
        if function == "ValidateChunk":
            tasks = [
                states["ValidateChunks"]["ItemProcessor"]["States"]["ValidateChunk"],
                states["ValidateChunksAtScale"]["ItemProcessor"]["States"]["ValidateChunkAtScale"],
            ]
        else:
            tasks = [states[function]]
        assert all(task["TimeoutSeconds"] > limit for task in tasks), function
