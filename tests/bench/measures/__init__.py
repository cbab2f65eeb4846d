"""One module a key of `tests.bench.goals`, each with `measure(room: Workroom) -> Measured`."""
