"""What each function loads before its first event: this decides the time of a cold start.

Times depend on the machine, and the list of packages does not. The seconds of processor time that
importing took when the list was made, all modules compiled: 0.6 to 0.8 without column work, 0.9 to
1.5 with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from infra.staging import ROOT

EVERYWHERE = {
    *(
        "aws_lambda_powertools",
        "boto3",
        "botocore",
        "jmespath",
        "dateutil",
        "urllib3",
        "s3transfer",
    ),
    *("s3transfer", "six", "certifi", "msgspec", "typing_extensions", "core", "handlers"),
}
DATABASE = {"pymongo", "bson", "cryptography", "idna"}
SCHEMAS = {
    *("jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs"),
    *("jsonpointer", "idna"),
}
COLUMNS = {"polars", "numpy"}
FILES = COLUMNS | {"fastexcel", "thriftpy2", "ply", "ijson"}
EXPORTED = (FILES - {"fastexcel"}) | {"xlsxwriter"}

MAY_LOAD = {
    "handlers.api.attributes": DATABASE | SCHEMAS,
    "handlers.api.documentation": DATABASE | SCHEMAS,
    "handlers.api.enrichment": DATABASE | SCHEMAS,
    "handlers.api.health": DATABASE | SCHEMAS,
    "handlers.api.jobs": DATABASE | SCHEMAS,
    "handlers.api.products": DATABASE | SCHEMAS | COLUMNS,
    "handlers.api.profiles": DATABASE | SCHEMAS,
    "handlers.api.uploads": DATABASE | SCHEMAS,
    "handlers.exports.close_export": DATABASE | SCHEMAS | EXPORTED,
    "handlers.exports.export_part": DATABASE | SCHEMAS | EXPORTED,
    "handlers.exports.fail_export": DATABASE | SCHEMAS,
    "handlers.exports.open_export": DATABASE | SCHEMAS | EXPORTED,
    "handlers.identity.verify_token": set(),
    "handlers.pipeline.aggregate_results": FILES - {"fastexcel"},
    "handlers.pipeline.check_catalogue": DATABASE | COLUMNS,
    "handlers.pipeline.close_commit": DATABASE,
    "handlers.pipeline.close_enrichment": DATABASE,
    "handlers.pipeline.close_job": DATABASE,
    "handlers.pipeline.commit_chunk": DATABASE | SCHEMAS,
    "handlers.pipeline.fail_commit": DATABASE | SCHEMAS,
    "handlers.pipeline.fail_enrichment": DATABASE | SCHEMAS,
    "handlers.pipeline.fail_job": DATABASE | SCHEMAS,
    "handlers.pipeline.find_repeats": COLUMNS,
    "handlers.pipeline.open_commit": DATABASE | SCHEMAS | {"numpy"},
    "handlers.pipeline.open_enrichment": DATABASE | SCHEMAS,
    "handlers.pipeline.open_job": DATABASE | SCHEMAS,
    "handlers.pipeline.plan_chunks": FILES,
    "handlers.pipeline.reject_job": DATABASE,
    "handlers.proposals.close_proposal": DATABASE,
    "handlers.proposals.decide_proposals": FILES,
    "handlers.proposals.fail_proposal": DATABASE | SCHEMAS,
    "handlers.proposals.gather_evidence": FILES,
    "handlers.proposals.open_proposal": DATABASE | SCHEMAS,
    "handlers.proposals.plan_proposal": FILES,
    "handlers.triggers.create_indexes": DATABASE | SCHEMAS,
    "handlers.triggers.start_import": DATABASE | SCHEMAS,
    "handlers.restarts.fail_restarts": DATABASE | SCHEMAS,
    "handlers.restarts.restart_jobs": DATABASE | SCHEMAS,
    "handlers.pipeline.suggest_values": COLUMNS | {"nh3"},
    "handlers.triggers.sweep_jobs": DATABASE,
    "handlers.pipeline.validate_chunk": FILES,
}
"""Packages beside those of `EVERYWHERE`. A new one here is longer cold starts: what only some calls
need is imported by those."""

SCRIPT = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_every_function_is_measured() -> None:
    handlers = {
        f"handlers.{path.parent.name}.{path.stem}"
        for path in (ROOT / "handlers").glob("*/*.py")
        if "\ndef handler(" in (text := path.read_text(encoding="utf-8")) or "\nhandler = " in text
    }
    assert set(MAY_LOAD) == handlers


@pytest.mark.slow
@pytest.mark.parametrize("handler", sorted(MAY_LOAD))
def test_a_function_loads_no_package_that_its_first_event_does_not_need(handler: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", SCRIPT, handler],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    packages = set(json.loads(loaded.stdout)) - sys.stdlib_module_names - {"cython_runtime"}
    public = {name for name in packages if not name.startswith("_")}

    assert public - EVERYWHERE - MAY_LOAD[handler] == set()
