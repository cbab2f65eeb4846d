"""Calls of AWS with mistakes planted into a small product of its own: handlers, core, template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.checks import call_parameters, permissions
from infra.checks.aws_calls import find_calls

HANDLERS = """
import boto3
from core.store import Bucket, Store

def store() -> Bucket:
    return Bucket(boto3.client("s3"))

def handler(event, context):
    keep(store(), event)

def keep(store: Store, event):
    store.put("a", b"")
    {}.get("a")
"""
STORE = """
from typing import Protocol

class Store(Protocol):
    def put(self, key: str, data: bytes) -> None: ...

class Bucket:
    def __init__(self, client):
        self._client = client

    def put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket="b", Key=key, Body=data)

    def get(self, key: str) -> bytes:
        return self._call("get_object", key)["Body"].read()

    def _call(self, operation, key):
        return getattr(self._client, operation)(Bucket="b", Key=key)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {"handlers/keep.py": HANDLERS, "core/store.py": STORE}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    return tmp_path


def template(*actions: str) -> dict[str, Any]:
    policy = {"Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": "*"}]}
    properties = {"Handler": "handlers.keep.handler", "Policies": [policy]}
    return {"Resources": {"Keep": {"Type": "AWS::Serverless::Function", "Properties": properties}}}


def change(root: Path, before: str, after: str) -> None:
    text = (root / "core" / "store.py").read_text()
    assert before in text
    (root / "core" / "store.py").write_text(text.replace(before, after))


def test_calls_are_found_also_where_the_operation_is_given_by_name(root: Path) -> None:
    calls, unknown = find_calls(root)

    assert {(call.operation, call.within) for call in calls} == {
        ("put_object", "core.store.Bucket.put"),
        ("get_object", "core.store.Bucket.get"),
    }
    assert unknown == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("Body=data", "Content=data", "put_object knows no parameter Content"),
        ('Bucket="b", Key=key, Body', "Body", "put_object needs the parameter Bucket"),
        ('Bucket="b", Key=key, B', "Bucket=1, Key=key, B", "Bucket takes string, not 1"),
        ("Body=data", 'ACL="open"', "ACL is one of private"),
        ("put_object", "put_objekt", "put_objekt is no operation"),
    ],
)
def test_parameters_that_a_service_does_not_know_are_found(
    root: Path, before: str, after: str, finding: str
) -> None:
    assert call_parameters.check(root).findings == ()

    change(root, before, after)

    (found,) = [f for f in call_parameters.check(root).findings if finding in f]
    assert found.startswith("core/store.py:")


def test_a_permission_that_is_missing_is_found(root: Path) -> None:
    (finding,) = permissions.check(template(), root).findings

    assert finding == "Keep calls put_object (core/store.py:12) and may not s3:PutObject"


def test_a_permission_that_no_call_needs_is_found(root: Path) -> None:
    """`get` of a store is not called, though a dictionary's is."""
    assert permissions.check(template("s3:PutObject"), root).findings == ()

    result = permissions.check(template("s3:PutObject", "s3:GetObject"), root)

    assert result.findings == ("Keep may s3:GetObject, and calls nothing that needs it",)


def test_who_reads_may_also_learn_that_an_object_is_missing(root: Path) -> None:
    handler = (root / "handlers" / "keep.py").read_text()
    (root / "handlers" / "keep.py").write_text(
        handler.replace("{}.get", "handler_store().get")
        + ("\ndef handler_store() -> Bucket:\n    return store()\n")
    )

    may = template("s3:PutObject", "s3:GetObject", "s3:ListBucket")

    assert permissions.check(may, root).findings == ()
