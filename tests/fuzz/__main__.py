"""`make fuzz SECONDS=3600`: every target in turn until the time is over; then what was found."""

from __future__ import annotations

import argparse
import resource
import time
import traceback
from collections import Counter

from tests.fuzz.targets import TARGETS

ROUND_EXAMPLES = 20
MEMORY_BYTES = 8 * 2**30


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--only", default="", help="names of targets, separated by commas")
    options.add_argument("--seed", type=int, default=0, help="of the first round")
    given = options.parse_args()
    names = [name for name in TARGETS if not given.only or name in given.only.split(",")]
    # What fills the memory ends this process, not the machine; the name above tells the target.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    ends = time.monotonic() + given.seconds
    examples: Counter[str] = Counter()
    found: dict[str, str] = {}
    number = given.seed
    while time.monotonic() < ends and len(found) < len(names):
        for name in names:
            if name in found or time.monotonic() >= ends:
                continue
            print(f"\r{name:8}", end="", flush=True)
            try:
                TARGETS[name].run(ROUND_EXAMPLES, number)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException:  # a panic of polars is no Exception
                found[name] = traceback.format_exc()
                print(f"\n{name}, seed {number}:\n{found[name]}", flush=True)
            examples[name] += ROUND_EXAMPLES
        number += 1
    for name in names:
        print(
            f"\r{name:8} {examples[name]:>9,} examples  {'FOUND' if name in found else 'nothing'}"
        )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
