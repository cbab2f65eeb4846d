"""A stack of the tests' own, beside any that `make up` started."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.client.rest import Rest
from infra.local import logs
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from tests.denials import denials_in
from tests.secrets_in_logs import secrets_in

SMALL = {
    # A few kilobytes must reach both Maps: the inline one up to 4 chunks, else the distributed.
    "ChunkTargetBytes": "2000",
    "ChunkTargetRows": "100",
    "CommitChunkBytes": "2000",
    "InlineMapMaxChunks": "4",
}


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the stack, `.local` for `make up`."""
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="session")
def stack(state: Path) -> Iterator[dict[str, Any]]:
    """The whole product on free ports, with the roles of functions enforced: what its stack.json
    says."""
    configuration = Configuration(
        state=state,
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters={**LOCAL_DEFAULTS, **SMALL},
        auth=True,
    )
    try:
        local_stack.up(configuration, print)
        description: dict[str, Any] = json.loads(configuration.stack_file.read_text())
        yield description
        said = logs.dump(description["awsPort"])
        kept = configuration.state / "functions.log"
        kept.write_text(said, encoding="utf-8")
        print(f"What the functions said: {kept}")
        assert denials_in(said) == []
        assert secrets_in(said) == []
    finally:
        local_stack.down(configuration, print)


@pytest.fixture(scope="module", autouse=True)
def no_attributes_of_other_modules(stack: dict[str, Any]) -> None:
    """One stack serves all modules; a required attribute of one would fail the files of another."""
    rest = Rest(stack["apiUrl"])
    for attribute in rest.attributes():
        rest.call("DELETE", f"/attributes/{attribute['_id']}")
