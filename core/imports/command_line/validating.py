"""Runs the import over a folder: its work files lie in a hidden folder of the output folder, and
are gone when it ends, however it ends; the result files stay."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.file_format import DetectedFormat, SourceFile
from core.imports.command_line.arguments import Validation
from core.imports.command_line.attribute_files import read_definitions
from core.imports.command_line.processes import ValidationInProcesses
from core.imports.command_line.usage import UsageMistake, because, printable
from core.imports.local_run import Report, run_import
from core.imports.model import ImportOutcome, Plan
from core.imports.reading import ChunkDiffers
from core.imports.sizing import TARGET_CHUNKS_ON_ONE_MACHINE
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectShorter, upload_key
from core.storage.folder import FolderBesideFile

UPLOADS, RESULTS = "uploads", "results"
WORK_PREFIX = ".validating-"
LEFT_BY_RUN = ".validated.json"
"""In the output folder: `{name: [sizes]}` of the files that the last run left, or was about to
leave when it was killed. What it does not know is the user's."""


@dataclass(frozen=True, slots=True)
class Validated:
    outcome: ImportOutcome | Refusal
    format: DetectedFormat | None
    """None when the file could not be read."""
    files: tuple[Path, ...]
    """The result files, in the order of their names. No products when there is a refusal."""
    did_you_mean: Mapping[str, str] = field(default_factory=dict)
    """Header that no attribute reads → the one that it resembles."""

    @property
    def refusal(self) -> Refusal | None:
        """Why the file was not imported, if it was not."""
        return self.outcome if isinstance(self.outcome, Refusal) else self.outcome.refusal


def validate(asked: Validation, report: Report) -> Validated:
    """Check the file and write the result files into `asked.out`. They replace those of a former
    run, which are all removed first, when the run is over: nothing in the folder is ever of two
    files, and a run that does not end has destroyed nothing. Raises UsageMistake."""
    limits = _settings()
    definitions = read_definitions(asked.attributes, limits)
    size = _readable_size(asked.file)
    name = printable(asked.file.name)
    keys = ImportKeys(asked.job_id, 1)
    source = SourceFile(
        bucket=UPLOADS,
        key=upload_key(asked.job_id, name),
        size=size,
        file_name=name,
    )
    try:
        former = _prepare(asked, keys)
        with _work_folder(asked.out) as work:
            store = FolderBesideFile(Path(work), UPLOADS, source.key, asked.file)
            outcome = run_import(
                store,
                limits,
                job_id=asked.job_id,
                attempt=1,
                source=source,
                options=asked.options,
                definitions=definitions,
                now=asked.timestamp,
                report=report,
                validate_chunks=ValidationInProcesses(store, limits, definitions, asked.jobs)
                if asked.jobs > 1
                else None,
            )
            made = _worth_keeping(Path(work) / RESULTS / keys.results, keys, outcome)
            files = _hand_over(made, asked.out, former)
            if isinstance(outcome, Refusal):
                return Validated(outcome, None, files)
            plan = msgspec.json.decode(store.get(RESULTS, keys.plan), type=Plan)
    except OSError as error:
        where = error.filename or asked.out
        raise UsageMistake(f"{where} cannot be read or written: {because(error)}.") from error
    except ObjectMissing:
        raise UsageMistake(f"{asked.file} went away while it was read.") from None
    except (ObjectShorter, ChunkDiffers):
        raise UsageMistake(f"{asked.file} was changed while it was read.") from None
    near = {c.header: c.did_you_mean for c in plan.columns if c.did_you_mean}
    return Validated(outcome, plan.format, files, near)


def _settings() -> Settings:
    try:
        wished = os.environ.get("CHUNKS_WISHED") or str(TARGET_CHUNKS_ON_ONE_MACHINE)
        told = Settings.from_environment({**os.environ, "CHUNKS_WISHED": wished})
    except ValueError as error:
        raise UsageMistake(f"{error}.") from None
    return dataclasses.replace(told, uploads_bucket=UPLOADS, results_bucket=RESULTS)


def _readable_size(file: Path) -> int:
    """Bytes of the file."""
    if file.is_dir():
        raise UsageMistake(f"{file} is a folder; name one file.")
    if file.exists() and not file.is_file():
        raise UsageMistake(f"{file} is no regular file; it is read more than once. Save it first.")
    try:
        with file.open("rb") as opened:
            opened.seek(0, os.SEEK_END)
            return opened.tell()
    except FileNotFoundError:
        raise UsageMistake(f"There is no file {file}.") from None
    except OSError as error:
        raise UsageMistake(f"{file} cannot be read: {because(error)}.") from None


def result_names(keys: ImportKeys) -> tuple[str, ...]:
    """The names of all result files that `core.storage.keys` knows."""
    prefix = f"{keys.results}/"
    known = (
        getattr(keys, name) for name, kind in vars(ImportKeys).items() if isinstance(kind, property)
    )
    return tuple(key.removeprefix(prefix) for key in known if key.startswith(prefix))


def _prepare(asked: Validation, keys: ImportKeys) -> list[Path]:
    """Make the folder, and say where results of a former run may lie. Removes nothing."""
    if asked.out.exists() and not asked.out.is_dir():
        raise UsageMistake(f"--out {asked.out} is a file; name a folder.")
    own = {asked.file.resolve(), asked.attributes.resolve()}
    former = [asked.out / name for name in result_names(keys)]
    if taken := [path for path in former if path.resolve() in own]:
        raise UsageMistake(
            f"{taken[0]} would be replaced by a result of that name; name another --out."
        )
    if folders := [path for path in former if path.is_dir()]:
        raise UsageMistake(
            f"{folders[0]} is a folder, and a result has that name; name another --out."
        )
    left = _left_by_run(asked.out)
    there = [path for path in former if os.path.lexists(path)]
    if foreign := [path for path in there if _size(path) not in left.get(path.name, ())]:
        raise UsageMistake(
            f"{foreign[0]} would be replaced, and it is not as a run left it; move it, or name "
            "another --out."
        )
    asked.out.mkdir(parents=True, exist_ok=True)
    return there


def _left_by_run(out: Path) -> dict[str, list[int]]:
    try:
        return msgspec.json.decode((out / LEFT_BY_RUN).read_bytes(), type=dict[str, list[int]])
    except (OSError, msgspec.DecodeError):
        return {}


def _note_left(out: Path, files: Iterable[Path]) -> None:
    """The files, by their names and sizes, in place of what was noted before."""
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for file in files:
        sizes[file.name].append(_size(file))
    new = out / f"{LEFT_BY_RUN}.new"
    new.write_bytes(msgspec.json.encode(sizes))
    new.replace(out / LEFT_BY_RUN)


def _size(file: Path) -> int:
    return file.lstat().st_size


@contextmanager
def _work_folder(out: Path) -> Iterator[str]:
    """A hidden folder in `out`, which no other run may use meanwhile. What killed runs left there
    is removed."""
    folder = os.open(out, os.O_RDONLY)  # its lock ends with this process, however it ends
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageMistake(
                f"Another run writes to {out}; wait for it or name another --out."
            ) from None
        for left in filter(Path.is_dir, out.glob(f"{WORK_PREFIX}*")):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=out) as work:
            yield work
    finally:
        os.close(folder)


def _worth_keeping(results: Path, keys: ImportKeys, outcome: ImportOutcome | Refusal) -> list[Path]:
    """The result files that the portal would link: none of a file that cannot be read, and what is
    wrong with it, but no products, of one with too many faulty rows."""
    made = sorted(results.iterdir()) if results.is_dir() else []
    if isinstance(outcome, ImportOutcome) and outcome.refusal is not None:
        told = {Path(key).name for key in (keys.all_faults, keys.all_rejected)}
        return [file for file in made if file.name in told]
    return made


def _hand_over(made: list[Path], out: Path, former: list[Path]) -> tuple[Path, ...]:
    """Move the result files to where they are wanted, one by one, in place of the former ones."""
    mode = 0o666 & ~_umask()
    for file in made:
        file.chmod(mode)  # the store makes its files for their owner alone
    former = [path for path in former if os.path.lexists(path)]
    _note_left(out, [*former, *made])  # whichever of them a run that is killed now leaves
    for path in former:
        path.unlink(missing_ok=True)
    handed = tuple(file.replace(out / file.name) for file in made)
    if handed:
        _note_left(out, handed)
    else:
        (out / LEFT_BY_RUN).unlink()
    return handed


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
