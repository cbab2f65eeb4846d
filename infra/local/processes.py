"""Detached processes: started in a session of their own, remembered in a pid file, and stopped
together with everything they started.

A pid alone is not sufficient, since the system reuses it. So the pid file also has the start time
of the process, and nothing is signalled unless both still match.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TERM_SECONDS = 8.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.05
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Running:
    """One line of the system's process table."""

    pid: int
    group: int
    started: str
    """Start time in the system's own words; only good for comparing."""
    command: str


def process_table() -> list[Running]:
    """All processes that still run (a zombie does not)."""
    return _table_of_proc() if (PROC / "self" / "stat").exists() else _table_of_ps()


def _table_of_proc() -> list[Running]:
    """Linux; there, `ps` is a package that need not be installed."""
    table = []
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # "pid (name) state ppid pgrp …"; the name may hold blanks and parentheses
            rest = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue  # it ended while we looked
        if rest[0] not in ("Z", "X"):
            table.append(
                Running(
                    pid=int(folder.name),
                    group=int(rest[2]),
                    started=rest[19],
                    command=command.decode(errors="replace").strip(),
                )
            )
    return table


def _table_of_ps() -> list[Running]:
    """macOS and other systems without /proc."""
    answer = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,lstart=,command="],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    )
    table = []
    for line in answer.stdout.splitlines():
        # lstart is five words: Mon Nov 23 20:13:05 2026
        words = line.split(None, 8)
        if len(words) == 9 and not words[2].startswith("Z"):
            table.append(
                Running(
                    pid=int(words[0]),
                    group=int(words[1]),
                    started=" ".join(words[3:8]),
                    command=words[8],
                )
            )
    return table


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process of ours by name: `{state}/{name}.pid` records it, `{state}/{name}.log` is its
    output."""

    name: str
    state: Path

    @property
    def pid_file(self) -> Path:
        return self.state / f"{self.name}.pid"

    @property
    def log_file(self) -> Path:
        return self.state / f"{self.name}.log"

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start it, with the former log put aside, and return its pid."""
        self.state.mkdir(parents=True, exist_ok=True)
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        with self.log_file.open("wb") as log:
            process = subprocess.Popen(
                list(command),
                env=dict(environment),
                cwd=self.state,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = next((p.started for p in process_table() if p.pid == process.pid), "")
        self.pid_file.write_text(json.dumps({"pid": process.pid, "started": started}) + "\n")
        # It outlives us on purpose; without this, Popen complains about that when collected.
        process.returncode = 0
        return process.pid

    def pid(self) -> int | None:
        """Its pid while it runs; None when it does not, or the pid is another process' by now."""
        pid, started = self._remembered()
        return next(
            (p.pid for p in process_table() if p.pid == pid and p.started == started),
            None,
        )

    def stop(self) -> bool:
        """End it and all that it started. True if there was something to end. Workers can survive a
        leader that was killed. They stay in its group, and their command line names a file in our
        folder, which distinguishes them from other processes.
        """
        pid, _ = self._remembered()
        found = bool(self._alive(pid))
        for number, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
            deadline = time.monotonic() + seconds
            members = self._alive(pid)
            for member in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member, number)
            while members and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
                _reap(pid)
                members = self._alive(pid)
            if not members:
                break
        self.pid_file.unlink(missing_ok=True)
        return found

    def log_tail(self, lines: int = 20) -> str:
        try:
            text = self.log_file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _remembered(self) -> tuple[int | None, str]:
        try:
            stored = json.loads(self.pid_file.read_text(encoding="utf-8"))
            return int(stored["pid"]), str(stored["started"])
        except (OSError, ValueError, KeyError, TypeError):
            return None, ""

    def _alive(self, pid: int | None) -> list[int]:
        """The members of the group that are proved to be ours."""
        if pid is None:
            return []
        leader = self.pid()
        return [
            p.pid
            for p in process_table()
            if p.group == pid and (leader is not None or str(self.state) in p.command)
        ]


def _reap(pid: int | None) -> None:
    """Collect the process if it is a child of this very process (tests start and stop in one)."""
    if pid is not None:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
