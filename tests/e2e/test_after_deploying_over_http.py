"""What `make deploy` runs when the stack is there: the indexes, then the smoke test."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pymongo import MongoClient

from core.database import INDEXES, JOBS
from infra.aws import smoke
from infra.checks.template import read_template
from infra.client.rest import Rest
from infra.local.configuration import STACK_NAME
from infra.local.deployment import client

pytestmark = pytest.mark.e2e


@pytest.fixture
def answers() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of CloudFormation, and what was put to it."""
    found: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", found
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_function_of_the_indexes_makes_what_is_missing_and_answers(
    stack: dict[str, Any], answers: tuple[str, list[dict[str, Any]]]
) -> None:
    address, found = answers
    with MongoClient[dict[str, Any]](stack["mongodbUri"]) as mongo:
        jobs = mongo["product_portal"][JOBS]
        names = {model.document["name"] for model in INDEXES[JOBS]}
        jobs.drop_index("by_status")

        client("lambda", stack["awsPort"]).invoke(
            FunctionName=f"{STACK_NAME}-create-indexes",
            Payload=json.dumps(
                {
                    "RequestType": "Create",
                    "ResponseURL": address,
                    "StackId": "stack",
                    "RequestId": "request",
                    "LogicalResourceId": "Indexes",
                }
            ).encode(),
        )

        assert [answer["Status"] for answer in found] == ["SUCCESS"]
        assert names <= set(jobs.index_information())


def test_the_custom_resource_of_a_deployment_makes_the_indexes(
    stack: dict[str, Any],
) -> None:
    """The custom resource of `infra/template.yaml`, in a stack of its own: the emulator's
    CloudFormation calls the deployed function, and waits for its answer."""
    formation = client("cloudformation", stack["awsPort"])
    functions = client("lambda", stack["awsPort"])
    name = f"{STACK_NAME}-create-indexes"
    function = functions.get_function_configuration(FunctionName=name)
    resource = read_template()["Resources"]["Indexes"]
    properties = resource["Properties"] | {"ServiceToken": function["FunctionArn"], "Release": "1"}
    indexes = {"Type": resource["Type"], "Properties": properties}
    template = json.dumps({"Resources": {"Indexes": indexes}})
    with MongoClient[dict[str, Any]](stack["mongodbUri"]) as mongo:
        jobs = mongo["product_portal"][JOBS]
        jobs.drop_index("by_status")

        formation.create_stack(StackName="indexes-of-a-test", TemplateBody=template)

        formation.get_waiter("stack_create_complete").wait(
            StackName="indexes-of-a-test", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        assert "by_status" in jobs.index_information()
        formation.delete_stack(StackName="indexes-of-a-test")
        formation.get_waiter("stack_delete_complete").wait(
            StackName="indexes-of-a-test", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        assert "by_status" in jobs.index_information(), "the indexes stay with the data"


def test_the_smoke_test_goes_the_whole_way_and_leaves_nothing(stack: dict[str, Any]) -> None:
    rest = Rest(stack["apiUrl"])
    said: list[str] = []

    assert smoke.run(rest, said.append)

    assert [step.split()[0] for step in said] == [
        *("defined", "uploaded", "job", "approved:", "found", "deleted", "deleted"),
    ]
    assert rest.attributes() == []


def test_in_a_catalogue_whose_rules_refuse_its_row_it_says_what_it_did_not_try(
    stack: dict[str, Any],
) -> None:
    rest = Rest(stack["apiUrl"])
    rest.create_attribute(
        {"name": "Smoke code", "type": "short_text", "isRequired": True, "pattern": "[0-9]{4}"}
    )
    said: list[str] = []

    assert not smoke.run(rest, said.append)

    assert "approving was not tried" in said[-1]
    assert [attribute["name"] for attribute in rest.attributes()] == ["Smoke code"]
    rest.call("DELETE", "/attributes/smoke_code")
