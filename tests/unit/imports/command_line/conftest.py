"""What tests of the command share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.imports.command_line.command_line_kit import Run


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], former_signal_handlers: None) -> Run:
    return Run(tmp_path, capsys)


@pytest.fixture
def former_signal_handlers() -> Iterator[None]:
    ours = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in ours}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
