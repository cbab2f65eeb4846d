"""Nothing of ours stays behind, and nothing of others is touched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.processes import Daemon, _table_of_ps, process_table

PATIENCE_SECONDS = 10

LEADER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, sys.argv[1]])
time.sleep(60)
"""
WORKER = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(__file__).with_suffix(".ready").touch()
time.sleep(60)
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A leader with one worker that ignores SIGTERM, in a folder with a blank in its name."""
    state = tmp_path / "a folder"
    state.mkdir()
    worker = state / "worker.py"
    worker.write_text(WORKER)
    daemon = Daemon("engine", state)
    daemon.start([sys.executable, "-c", LEADER, str(worker)], os.environ)
    wait_until(worker.with_suffix(".ready").exists)
    yield daemon
    daemon.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def group_of(pid: int) -> list[int]:
    return [p.pid for p in process_table() if p.group == pid]


def pid_of(daemon: Daemon) -> int:
    pid = daemon.pid()
    assert pid is not None
    return pid


def test_the_process_table_knows_this_process() -> None:
    me = next(p for p in process_table() if p.pid == os.getpid())

    assert sys.orig_argv[0] in me.command  # as it was called, which may be a relative path
    assert me.started


@pytest.mark.skipif(shutil.which("ps") is None, reason="compares with ps, which this system lacks")
def test_ps_tells_the_same_as_proc_where_both_are_there() -> None:
    by_ps = next(p for p in _table_of_ps() if p.pid == os.getpid())

    assert by_ps.group == os.getpgid(0)
    assert sys.orig_argv[0] in by_ps.command
    assert len(by_ps.started.split()) == 5


def test_stopping_ends_the_process_and_what_it_started(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.processes.TERM_SECONDS", 0.3)
    pid = pid_of(daemon)
    assert len(group_of(pid)) == 2

    assert daemon.stop()

    assert group_of(pid) == []
    assert daemon.pid() is None
    assert not daemon.pid_file.exists()


def test_a_worker_that_outlived_its_killed_leader_is_ended_too(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.processes.TERM_SECONDS", 0.3)
    pid = pid_of(daemon)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: daemon.pid() is None)
    assert len(group_of(pid)) == 1

    assert daemon.stop()

    assert group_of(pid) == []


def test_a_pid_that_another_process_has_by_now_is_left_alone(tmp_path: Path) -> None:
    # given a pid file whose process is gone, and whose pid is a stranger's
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    ) as stranger:
        stale = Daemon("engine", tmp_path)
        stale.pid_file.write_text(json.dumps({"pid": stranger.pid, "started": "long ago"}))

        # when
        ended = stale.stop()

        # then
        assert not ended
        assert stranger.poll() is None
        assert not stale.pid_file.exists()
        stranger.kill()


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"pid": "x"}'])
def test_a_damaged_pid_file_means_that_nothing_runs(tmp_path: Path, content: str) -> None:
    daemon = Daemon("engine", tmp_path)
    daemon.pid_file.write_text(content)

    assert daemon.pid() is None
    assert not daemon.stop()


def test_the_log_of_the_former_start_is_kept(tmp_path: Path) -> None:
    daemon = Daemon("engine", tmp_path)
    for word in ("first", "second"):
        daemon.start([sys.executable, "-c", f"print('{word}')"], os.environ)
        wait_until(lambda: daemon.pid() is None)
        daemon.stop()

    assert daemon.log_tail() == "second"
    assert (tmp_path / "engine.log.1").read_text() == "first\n"
