"""A run of the benchmarks reports its own figures, never those of an earlier run."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench import __main__ as bench
from tests.bench.goals import GOALS
from tests.bench.measuring import Measured

FIRST, SECOND = GOALS[0].key, GOALS[1].key


class Bench:
    """The command with measurements that give `value` at once, but for the keys that break."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.value, self.breaking = folder, 0.111, set[str]()
        self.published: list[dict[str, Any]] = []
        patch.setenv("LOCAL_STATE", str(folder))
        patch.setattr(bench, "measure", self._measure)
        patch.setattr(bench, "machine", dict)
        patch.setattr(bench, "publish", lambda details, _docs: self.published.append(details))

    def _measure(self, key: str, _room: Any) -> Measured:
        if key in self.breaking:
            raise RuntimeError("it broke")
        return Measured(value=self.value, size="9 rows", details={})

    @property
    def figures(self) -> dict[str, float]:
        figures: dict[str, float] = json.loads((self.folder / "bench.json").read_text())
        return figures

    @property
    def scales(self) -> set[str]:
        details = json.loads((self.folder / "bench-details.json").read_text())
        assert details.keys() == self.figures.keys()
        return {reported["scale"] for reported in details.values()}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def row_of(key: str, said: str) -> str:
    return next(
        line for line in said.splitlines() if line.startswith(f"{key} ") and "…" not in line
    )


def test_a_key_that_breaks_is_broken_whatever_was_measured_before(
    run: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["--keys", f"{FIRST},{SECOND}"]) == 0
    capsys.readouterr()
    run.breaking, run.value = {FIRST}, 0.222

    assert bench.main(["--keys", f"{FIRST},{SECOND}"]) == 1

    said = capsys.readouterr().out
    assert "broken" in row_of(FIRST, said) and "0.111" not in said
    assert "broken" not in row_of(SECOND, said)
    assert run.figures == {SECOND: 0.222}


def test_a_missed_bound_is_named_and_fails_the_run(
    run: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    run.value = GOALS[0].at_least
    assert bench.main(["--keys", FIRST]) == 0
    assert "missed" not in capsys.readouterr().out

    run.value += 0.01
    assert bench.main(["--keys", FIRST]) == 1
    said = capsys.readouterr().out
    assert "missed" in row_of(FIRST, said)
    assert f"missed: {FIRST}" in said
    assert run.figures == {FIRST: run.value}


def test_a_run_of_all_keys_holds_and_publishes_nothing_of_an_earlier_one(run: Bench) -> None:
    bench.main(["--full"])
    run.breaking, run.value = {FIRST}, 0.222

    assert bench.main(["--publish"]) == 1
    assert run.published == []
    assert set(run.figures) == {goal.key for goal in GOALS[1:]}
    assert set(run.figures.values()) == {0.222}

    run.breaking = set()
    bench.main(["--publish"])
    assert {reported["scale"] for reported in run.published[0].values()} == {"quick"}
    assert list(run.published[0]) == [goal.key for goal in GOALS]


def test_two_scales_never_stand_in_one_file_and_none_is_lost(run: Bench) -> None:
    bench.main(["--full"])
    run.value = 0.222

    bench.main(["--keys", FIRST])
    assert run.figures == {FIRST: 0.222}
    assert run.scales == {"quick"}

    run.value = 0.333
    bench.main(["--full", "--keys", SECOND])
    assert run.figures == {**{goal.key: 0.111 for goal in GOALS}, SECOND: 0.333}
    assert run.scales == {"full"}

    bench.main(["--keys", SECOND])
    assert run.figures == {FIRST: 0.222, SECOND: 0.333}
    assert run.scales == {"quick"}


def test_a_page_is_never_made_of_some_keys(run: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--publish", "--keys", FIRST])

    assert "--publish takes no --keys" in capsys.readouterr().err
    assert run.published == []


@pytest.mark.parametrize("keys", [",,", " , ", "nonsense"])
def test_a_list_that_names_no_measure_measures_nothing(
    keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["--keys", keys])

    assert ended.value.code == 2
    assert "there are plan_vs_floor" in capsys.readouterr().err
