"""What can be known about the deployment without an account: `make check-aws`.

One module per check. A check examines the files of the project and returns a `CheckResult`; the
runner (`__main__.py`) prints one line per check and every finding. Limits and tables that checks
share are in `limits.py` and `documentdb.py`, each with its source.
"""
