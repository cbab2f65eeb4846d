"""What can be known about the deployment without an account: `make check-aws`.

One module per judge. A judge looks at the files of the project and returns a `Verdict`; the runner
(`__main__.py`) prints one line per judge and every finding. Limits and tables that judges share are
in `limits.py` and `documentdb.py`, each with its source.
"""
