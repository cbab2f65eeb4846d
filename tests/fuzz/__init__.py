"""Random input for every parser of what comes from outside (`make fuzz SECONDS=…`).

A target draws input by hypothesis and checks what must hold for any: it is read or refused, and
nothing is lost on the way. `tests/unit/test_fuzzing.py` runs each target briefly.
"""
