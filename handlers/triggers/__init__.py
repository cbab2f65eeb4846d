"""Functions that a queue or a schedule invokes, outside the state machines."""
