"""The import without AWS: `python -m core.imports validate FILE --attributes FILE.json --out DIR`.

arguments → attribute_files → validating (→ processes) → reports; `main` calls them in this order.
"""
