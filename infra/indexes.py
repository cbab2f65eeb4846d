"""Create the database's indexes, including those of existing attributes: `make indexes
MONGODB_URI=…`. Idempotent. Part of every deployment: the local one includes it; for AWS, run it
where the database can be reached (it is in a VPC), with the URI from its secret.
"""

from __future__ import annotations

import sys

from pymongo.errors import PyMongoError

from core.attributes.repository import AttributeRepository
from core.database import PRODUCTS, connect, ensure_indexes
from core.errors import PortalError
from core.products.indexes import sync_indexes
from core.settings import Settings


def main() -> int:
    try:
        database = connect(Settings.from_environment(), socket_timeout_ms=None)
        for name in ensure_indexes(database):
            print(name)
        changes = sync_indexes(database, AttributeRepository(database).all())
        for name in changes.created:
            print(f"{PRODUCTS}.{name} created")
        for name in changes.dropped:
            print(f"{PRODUCTS}.{name} dropped")
    except (PyMongoError, PortalError, ValueError) as error:
        print(f"The indexes were not created: {error}", file=sys.stderr)
        return 1
    database.client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
