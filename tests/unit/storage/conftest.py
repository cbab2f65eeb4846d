"""An S3 for the tests of this folder."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends


@pytest.fixture(scope="module")
def shared_client() -> Iterator[Any]:
    """One for a file of tests: to make a client takes longer than most tests that use it."""
    with mock_aws():
        yield boto3.client("s3")


@pytest.fixture
def s3_client(shared_client: Any) -> Any:
    """A client of an S3 that holds an empty bucket, and nothing of the test before."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()
    shared_client.create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return shared_client
