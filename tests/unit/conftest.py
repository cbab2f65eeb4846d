from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from core.jobs.repository import JobRepository
from tests.unit.jobs.job_setting import VersionedFolder


@pytest.fixture
def jobs(database: Database[dict[str, Any]]) -> JobRepository:
    return JobRepository(database)


@pytest.fixture
def store(tmp_path: Path) -> VersionedFolder:
    return VersionedFolder(tmp_path)
