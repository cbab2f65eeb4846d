"""A run that is interrupted, stopped or killed: how it ends, and what stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.bench.generate import Shape, attributes_path, write
from tests.sources import ROOT

pytestmark = pytest.mark.slow  # whole runs of the command

IMPORT_TIME = "import time:"
END_SECONDS = 120
"""On a machine that is busy with other things."""


@pytest.fixture(autouse=True)
def signals_as_a_terminal_has_them(former_signal_handlers: None) -> None:
    """Under `nohup … &` both are ignored, which the command would inherit."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a thousand chunks, as the runs here cut it."""
    file = tmp_path_factory.mktemp("generated") / "generated.csv"
    write(Shape(rows=20_000), file)
    return file


@contextmanager
def begun(file: Path, out: Path, *options: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """The command, with a session and so a process group of its own, as a terminal has it."""
    command = [
        *(sys.executable, "-m", "core.imports", "validate", str(file)),
        *("--attributes", str(attributes_path(file)), "--out", str(out), *options),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "CHUNK_TARGET_BYTES": "10000", **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # as it should be
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("tell", [os.kill, os.killpg], ids=["alone", "its whole group"])
def test_a_run_that_is_stopped_leaves_no_work_files_and_complains_of_nothing(
    number: int, jobs: str, tell: Callable[[int, int], None], file: Path, tmp_path: Path
) -> None:
    with begun(file, tmp_path / "out", "--jobs", jobs) as process:
        wait_until(lambda: any(summaries_in(tmp_path / "out")))
        tell(process.pid, number)
        said, complained = process.communicate(timeout=END_SECONDS)

    assert (said, complained.replace("Interrupted.\n", "")) == ("", "")
    assert process.returncode == 128 + number
    assert list((tmp_path / "out").iterdir()) == []


def test_processes_of_a_run_that_is_killed_end_and_let_go_of_its_output(
    file: Path, tmp_path: Path
) -> None:
    with begun(file, tmp_path / "out", "--jobs", "2") as process:
        wait_until(lambda: len(summaries_in(tmp_path / "out")) > 2)
        process.kill()
        process.communicate(timeout=END_SECONDS)  # both pipes end when the last process has

    assert process.returncode == -signal.SIGKILL
    done = len(summaries_in(tmp_path / "out"))
    assert done < 900
    time.sleep(0.2)
    assert len(summaries_in(tmp_path / "out")) == done


@pytest.mark.parametrize(
    ("jobs", "imported", "times"),
    [
        ("1", "core.imports.command_line", 1),  # the first that there is to import
        ("1", "numpy", 1),
        ("1", "polars", 1),
        ("1", "core.imports.command_line.main", 1),  # the last
        ("2", "multiprocessing.spawn", 2),  # 1 is the parent's
        ("2", "core.imports", 2),
        ("2", "polars", 2),
        ("2", "polars", 3),
        ("2", "core.imports.command_line.processes", 2),
    ],
)
def test_an_interrupt_while_modules_are_imported_ends_the_run_quietly(
    jobs: str, imported: str, times: int, file: Path, tmp_path: Path
) -> None:
    """Python tells on stderr what it has imported: a moment that no busy machine shifts."""
    out = tmp_path / "out"
    with begun(file, out, "--jobs", jobs, PYTHONPROFILEIMPORTTIME="1") as process:
        assert process.stderr is not None
        while times:
            line = process.stderr.readline()
            assert line.startswith(IMPORT_TIME), f"never imported: {imported}"
            times -= line.split("|")[-1].strip() == imported
        os.killpg(process.pid, signal.SIGINT)  # as a terminal tells all
        said, complained = process.communicate(timeout=END_SECONDS)

    others = [line for line in complained.splitlines() if not line.startswith(IMPORT_TIME)]
    assert (others, said) == (["Interrupted."], "")
    assert process.returncode == 128 + signal.SIGINT
    assert not out.exists() or list(out.iterdir()) == []


def test_a_run_in_the_background_of_a_script_hears_no_interrupt(file: Path, tmp_path: Path) -> None:
    command = (
        f"{sys.executable} -m core.imports validate samples/products.csv "
        f"--attributes samples/attributes.json --out {tmp_path} > {tmp_path}/said & "
        "run=$!; sleep 0.3; kill -INT $run; wait $run"
    )

    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert "not clean" in (tmp_path / "said").read_text()


def summaries_in(out: Path) -> list[Path]:
    return list(out.glob(".validating-*/results/work/*/1/summaries/*.json"))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
