"""`python -m core.imports validate …`: the import without AWS."""

import sys

from core.imports.command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
