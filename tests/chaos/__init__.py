"""Faults are injected into a local stack while it works; afterwards every row is accounted for.

`portal.py` starts the engines behind `proxy.py`; `files.py` makes the files; `carrying.py` brings
them through the product as a patient client does; `faults.py` breaks things meanwhile;
`reconciling.py` compares what came out with what went in; `scenarios.py` puts these together.
"""
