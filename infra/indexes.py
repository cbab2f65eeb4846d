"""Create the database's indexes: `make indexes MONGODB_URI=…`. Safe to run again.

Part of every deploy: the local one does it by itself; for AWS, run it from where the database can
be reached (it lies in a VPC), with the URI that its secret holds.
"""

from __future__ import annotations

import sys

from pymongo.errors import PyMongoError

from core.database import connect, ensure_indexes
from core.settings import Settings


def main() -> int:
    try:
        database = connect(Settings.from_environment())
        for name in ensure_indexes(database):
            print(name)
    except (PyMongoError, ValueError) as error:
        print(f"The indexes were not created: {error}", file=sys.stderr)
        return 1
    database.client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
